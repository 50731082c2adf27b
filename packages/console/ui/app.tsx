import { useEffect } from 'preact/hooks';
import {
  announce,
  AppShell,
  Badge,
  EmptyState,
  LinkButton,
  notify,
  type NavigationItem,
  type PersonLink,
} from '@dualbrake/kit';
import type { SessionView } from '../src/contract.ts';
import { ActionDialogs } from './actions/action-dialog.tsx';
import { ApiError, type Api } from './live/api.ts';
import { Context, type ConsoleContext } from './live/context.ts';
import type { PageFacts } from './live/page-facts.ts';
import { hrefOf, route } from './live/router.ts';
import { pages } from './pages.ts';
import { Page } from './parts/page.tsx';
import { ReportBanners, StreamBanner } from './parts/banners.tsx';
import { TermTip } from './parts/term.tsx';
import { ShortcutHelp, useShortcuts } from './shortcuts.tsx';

export function App({ context, facts }: Readonly<{ context: ConsoleContext; facts: PageFacts }>) {
  const { api, live } = context;
  const [name = '', ...rest] = route.value.path;
  const session = live.session.value;
  const report = live.report.value;
  const verdict = report?.verdict.text;
  useShortcuts(live);
  useEffect(() => {
    if (verdict !== undefined) announce(verdict);
  }, [verdict]);
  const hasReport = report !== undefined;
  useEffect(() => {
    // Every page must be available when the server stops answering, but none may delay the first report.
    const timer = hasReport ? setTimeout(() => pages.forEach(({ preload }) => preload?.()), 200) : undefined;
    return () => clearTimeout(timer);
  }, [hasReport]);
  const marks: Readonly<Record<string, string | undefined>> = {
    '': countMark(report?.attention.filter(({ tone }) => tone !== 'info').length),
    incidents: countMark(report?.incidents.length, ' open'),
  };
  const navigation = pages.map(({ path, label, icon }): NavigationItem => {
    const mark = marks[path];
    return {
      href: hrefOf(path === '' ? [] : [path]),
      label,
      icon,
      current: path === name ? (rest.length === 0 ? 'page' : 'section') : undefined,
      ...(mark !== undefined && { mark: <Badge tone="danger">{mark}</Badge> }),
    };
  });
  const person = session && { name: session.name, role: session.role_name, links: personLinks(session.menu) };
  const page = pages.find(({ path }) => path === name);
  return (
    <Context.Provider value={context}>
      <AppShell
        brand={{ name: facts.application?.name ?? 'dualbrake', href: facts.application?.homePath ?? hrefOf([]) }}
        navigation={navigation}
        person={person}
        onSignOut={typeof session?.menu.sign_out_path === 'string' ? () => void signOut(api) : undefined}
        banner={
          <>
            <StreamBanner facts={facts} />
            <ReportBanners />
          </>
        }
        settings={<ShortcutHelp />}
        pageKey={route.value.path.join('/')}
      >
        {page === undefined ? (
          <UnknownPage />
        ) : page.permission !== undefined && session !== undefined && !session.permissions.includes(page.permission) ? (
          <Page title={page.label}>
            <EmptyState icon="eye-off" title="You don’t have access">
              {session.denials[page.permission]}
            </EmptyState>
          </Page>
        ) : (
          <page.View key={`${name} ${rest.join('/')}`} rest={rest} />
        )}
      </AppShell>
      <ActionDialogs />
      <TermTip />
    </Context.Provider>
  );
}

function countMark(count = 0, unit = ''): string | undefined {
  return count === 0 ? undefined : `${count}${unit}`;
}

function personLinks({ home, account_path: account }: SessionView['menu']): PersonLink[] {
  return [
    ...(account === null ? [] : [{ href: account, label: 'My account', icon: 'account' as const }]),
    ...(home === null ? [] : [{ href: home.path, label: `Back to ${home.name}`, icon: 'arrow-left' as const }]),
  ];
}

/** Leaves the page only after the server has ended the session. */
async function signOut(api: Api): Promise<void> {
  try {
    location.assign(await api.signOut());
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    notify('You’re still signed in: the server isn’t answering. Try again.', { tone: 'danger' });
  }
}

function UnknownPage() {
  return (
    <Page title="Page not found">
      <EmptyState title="No page at this address" actions={<LinkButton href={hrefOf([])}>Go to Now</LinkButton>}>
        The link may be incomplete. Check the address.
      </EmptyState>
    </Page>
  );
}

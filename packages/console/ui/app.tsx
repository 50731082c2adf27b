import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import {
  announce,
  AppShell,
  Badge,
  Banner,
  EmptyState,
  lazyPage,
  LinkButton,
  notify,
  type NavigationItem,
  type PersonLink,
} from '@dualbrake/kit';
import type { PageProps } from './page-props.ts';
import type { SessionView } from '../src/contract.ts';
import { ApiError, type Api } from './live/api.ts';
import { Context } from './live/context.ts';
import type { Live } from './live/live.ts';
import type { PageFacts } from './live/page-facts.ts';
import { hrefOf, place } from './live/router.ts';
import { pages } from './navigation.ts';
import { OrderDialogs } from './orders/order-dialog.tsx';
import { NowPage } from './pages/now/now-page.tsx';
import { HeldBanner } from './parts/held-banner.tsx';
import { Page } from './parts/page.tsx';
import { StreamBanner } from './parts/stream-banner.tsx';
import { TermTip } from './parts/term.tsx';
import { ShortcutHelp, useShortcuts } from './shortcuts.tsx';

/** By the first part of the address. *Now* comes with the page itself; the others when idle, or when opened. */
const views: Readonly<Record<string, ReturnType<typeof lazyPage<PageProps>>>> = {
  breakers: lazyPage(async () => (await import('./pages/breakers/breakers-pages.tsx')).BreakersPages),
  retries: lazyPage(async () => (await import('./pages/retries/retries-pages.tsx')).RetriesPages),
  errors: lazyPage(async () => (await import('./pages/errors/errors-page.tsx')).ErrorsPage),
  services: lazyPage(async () => (await import('./pages/services/services-pages.tsx')).ServicesPages),
  incidents: lazyPage(async () => (await import('./pages/incidents/incidents-pages.tsx')).IncidentsPages),
  map: lazyPage(async () => (await import('./pages/map/map-page.tsx')).MapPage),
  logs: lazyPage(async () => (await import('./pages/logs/logs-page.tsx')).LogsPage),
  settings: lazyPage(async () => (await import('./pages/settings/settings-pages.tsx')).SettingsPages),
  drills: lazyPage(async () => (await import('./pages/drills/drills-page.tsx')).DrillsPage),
  audit: lazyPage(async () => (await import('./pages/audit/audit-page.tsx')).AuditPage),
  help: lazyPage(async () => (await import('./pages/help/help-page.tsx')).HelpPage),
};

function viewOf(name: string): ComponentType<PageProps> {
  if (name === '') return NowPage;
  return views[name]?.Page ?? NoSuchPage;
}

export function App({
  api,
  live,
  base,
  facts,
}: {
  readonly api: Api;
  readonly live: Live;
  readonly base: string;
  readonly facts: PageFacts;
}) {
  const [name = '', ...rest] = place.value.path;
  const View = viewOf(name);
  const session = live.session.value;
  const open = live.report.value?.incidents.length ?? 0;
  const needed = live.report.value?.attention.filter(({ tone }) => tone !== 'info').length ?? 0;
  const verdict = live.report.value?.verdict.text;
  useShortcuts(live);
  useEffect(() => {
    if (verdict !== undefined) announce(verdict);
  }, [verdict]);
  const isShown = verdict !== undefined;
  useEffect(() => {
    // As soon as the first report is on the screen: when the server falls silent, every page is there already.
    if (isShown) return whenIdle(() => Object.values(views).forEach(({ preload }) => preload()));
    return undefined;
  }, [isShown]);
  const navigation: NavigationItem[] = pages.map(({ path, label, icon }) => ({
    href: hrefOf(path === '' ? [] : [path]),
    label,
    icon,
    current: path === name ? (rest.length === 0 ? 'page' : 'section') : undefined,
    ...(path === '' && needed > 0 ? { mark: <Badge tone="danger">{String(needed)}</Badge> } : {}),
    ...(path === 'incidents' && open > 0 ? { mark: <Badge tone="danger">{`${open} open`}</Badge> } : {}),
  }));
  const { application } = facts;
  return (
    <Context.Provider value={{ api, live, base }}>
      <AppShell
        brand={{ name: application?.name ?? 'dualbrake', href: application?.homePath ?? hrefOf([]) }}
        navigation={navigation}
        person={
          session === undefined
            ? undefined
            : { name: session.name, role: session.role_name, links: personLinks(session.menu) }
        }
        onSignOut={session === undefined || session.menu.sign_out_path === null ? undefined : () => void leave(api)}
        banner={
          <>
            <StreamBanner live={live} facts={facts} base={base} />
            <HeldBanner />
            {live.report.value?.read_only === true && (
              <Banner wide title="Read-only mode">
                Actions are disabled here.
              </Banner>
            )}
          </>
        }
        settings={<ShortcutHelp />}
        pageKey={place.value.path.join('/')}
      >
        <View key={`${name} ${rest.join('/')}`} rest={rest} />
      </AppShell>
      <OrderDialogs />
      <TermTip />
    </Context.Provider>
  );
}

/** Runs work when the browser has nothing else to do, or after two seconds. @returns cancels it */
function whenIdle(work: () => void): () => void {
  // Safari has no such callback.
  if (typeof requestIdleCallback === 'undefined') {
    const timer = setTimeout(work, 2_000);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(work, { timeout: 2_000 });
  return () => cancelIdleCallback(handle);
}

/** Where the person can go from the console. */
function personLinks({ home, account_path: account }: SessionView['menu']): PersonLink[] {
  return [
    ...(account === null ? [] : [{ href: account, label: 'My account', icon: 'account' as const }]),
    ...(home === null ? [] : [{ href: home.path, label: `Back to ${home.name}`, icon: 'arrow-left' as const }]),
  ];
}

/** Nobody is told that they are out before the server has said so. */
async function leave(api: Api): Promise<void> {
  try {
    location.assign(await api.signOut());
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    notify('You are still signed in: the server isn’t answering. Try again.', { tone: 'danger' });
  }
}

function NoSuchPage() {
  return (
    <Page title="Page not found">
      <EmptyState title="No page at this address" actions={<LinkButton href={hrefOf([])}>Go to Now</LinkButton>}>
        The link may be incomplete. Check the address.
      </EmptyState>
    </Page>
  );
}

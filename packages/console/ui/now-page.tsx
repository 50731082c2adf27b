import { useEffect, useState } from 'preact/hooks';
import { announce, AppShell, Badge, Banner, Card, Icon, PageHeader, Skeleton } from '../kit/index.ts';
import type { Api } from './api.ts';
import { ActionDialog, type Intent } from './action-dialog.tsx';
import { Breakers } from './breakers.tsx';
import { Changes } from './changes.tsx';
import { FreshnessBadge } from './freshness-badge.tsx';
import { Retries } from './retries.tsx';
import { Services } from './services.tsx';
import { StreamBanner } from './stream-banner.tsx';
import type { Live } from './stream.ts';
import { Verdict } from './verdict.tsx';

/** The status page: what is broken, since when and why, and what can be done. */
export function NowPage({ api, live, base }: { readonly api: Api; readonly live: Live; readonly base: string }) {
  const [intent, setIntent] = useState<Intent | undefined>();
  const report = live.report.value;
  const session = live.session.value;
  const mayOperate = session?.permissions.includes('breaker:order') ?? false;
  const onOrder = mayOperate ? setIntent : undefined;
  useTitle(live);
  return (
    <AppShell
      brand={{ name: 'Driving School', href: '/' }}
      navigation={[
        { href: '/', label: 'Students', icon: 'people' },
        { href: `${base}/`, label: 'System status', icon: 'pulse', current: 'page' },
      ]}
      person={session === undefined ? undefined : { name: session.name, role: mayOperate ? 'may operate' : 'may look' }}
      banner={<StreamBanner live={live} base={base} />}
      pageKey="now"
    >
      <div class="page">
        <PageHeader
          title="System status"
          beside={
            <>
              {report !== undefined && report.environment !== '' && <Badge>{report.environment}</Badge>}
              {!live.signedOut.value && live.trouble.value === undefined && <FreshnessBadge live={live} />}
            </>
          }
        />
        {report === undefined ? (
          <Nothing live={live} />
        ) : (
          <div class="now" data-freshness={live.signedOut.value ? 'stale' : live.freshness.value}>
            <Verdict report={report} />
            {session !== undefined && !mayOperate && (
              <p class="view-only">
                <Icon name="eye" />
                You can look. Orders need the role operator or owner.
              </p>
            )}
            <div class="now-columns">
              <div class="now-column">
                <Breakers breakers={report.breakers} onOrder={onOrder} />
                <div class="now-last">
                  <Retries retries={report.retries} />
                </div>
              </div>
              <div class="now-column">
                <Services services={report.services} onOrder={onOrder} />
                <Changes changes={report.changes} />
              </div>
            </div>
          </div>
        )}
      </div>
      {intent !== undefined && (
        <ActionDialog
          key={`${intent.kind} ${intent.id} ${intent.action}`}
          intent={intent}
          api={api}
          live={live}
          onClose={() => setIntent(undefined)}
        />
      )}
    </AppShell>
  );
}

/** Before the first report: it is on its way, or the server has said why not. */
function Nothing({ live }: { readonly live: Live }) {
  if (live.signedOut.value) return null;
  if (live.trouble.value !== undefined) {
    return (
      <Banner tone="danger" title="There is nothing to show yet">
        {live.trouble.value} The page goes on trying.
      </Banner>
    );
  }
  return (
    <Card title="Asking how things stand…">
      <div class="stack">
        <Skeleton width="60%" />
        <Skeleton width="40%" />
        <Skeleton width="52%" />
      </div>
    </Card>
  );
}

const marks = { good: '', warning: '◐ ', bad: '■ ' } as const;

/** A tab in the background tells by its title, and a screen reader hears when the verdict changes. */
function useTitle(live: Live): void {
  const verdict = live.report.value?.verdict;
  const stale = live.freshness.value === 'stale' || live.signedOut.value;
  useEffect(() => {
    document.title = `${stale ? '⌛ ' : marks[verdict?.tone ?? 'good']}System status`;
  }, [stale, verdict?.tone]);
  useEffect(() => {
    if (verdict !== undefined) announce(verdict.text);
  }, [verdict?.text]);
}

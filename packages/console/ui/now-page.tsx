import { useState } from 'preact/hooks';
import { AppShell, Badge, Banner, clockTimeText, LinkButton, PageHeader, Skeleton } from '../kit/index.ts';
import type { Api } from './api.ts';
import { Breakers } from './breakers.tsx';
import { Changes } from './changes.tsx';
import type { Live } from './live.ts';
import { OrderDialog, type Intent } from './order-dialog.tsx';
import { Retries } from './retries.tsx';
import { Services } from './services.tsx';

const tones = { good: 'success', warning: 'warning', bad: 'danger' } as const;

/** The status page: what is broken, since when and why, and what can be done. */
export function NowPage({ api, live, base }: { readonly api: Api; readonly live: Live; readonly base: string }) {
  const [intent, setIntent] = useState<Intent | undefined>();
  const report = live.report.value;
  const session = live.session.value;
  const nowMs = live.serverNowMs.value;
  const mayOperate = session?.permission === 'operate';
  const closedReason = session !== undefined && !mayOperate ? 'Orders need the role operator or owner.' : undefined;
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
          beside={<FreshnessBadge live={live} />}
          description={
            report !== undefined && report.environment !== '' ? `Environment: ${report.environment}` : undefined
          }
        />
        {report === undefined ? (
          <Skeleton />
        ) : (
          <div class="now" data-freshness={live.freshness.value}>
            <Banner tone={tones[report.verdict.tone]} title={report.verdict.text} />
            <Services services={report.services} closedReason={closedReason} onOrder={setIntent} />
            <Breakers breakers={report.breakers} nowMs={nowMs} closedReason={closedReason} onOrder={setIntent} />
            <Retries retries={report.retries} />
            <Changes changes={report.changes} />
          </div>
        )}
      </div>
      {intent !== undefined && (
        <OrderDialog
          key={`${intent.kind} ${intent.id} ${intent.action}`}
          intent={intent}
          api={api}
          report={report}
          serverNowMs={nowMs}
          onClose={() => setIntent(undefined)}
        />
      )}
    </AppShell>
  );
}

/** Never a number without its age. */
function FreshnessBadge({ live }: { readonly live: Live }) {
  const ageMs = live.ageMs.value;
  const looks = {
    connecting: { tone: 'neutral', shape: 'dotted', text: 'Connecting…' },
    live: { tone: 'success', shape: 'circle', text: `Live · as of ${withSeconds(live.serverNowMs.value - ageMs)}` },
    lagging: { tone: 'warning', shape: 'hourglass', text: `${Math.round(ageMs / 1_000)} s old` },
    stale: { tone: 'danger', shape: 'hourglass', text: `Stale: ${Math.round(ageMs / 1_000)} s old` },
  } as const;
  const { tone, shape, text } = looks[live.freshness.value];
  return (
    <Badge tone={tone} shape={shape}>
      {text}
    </Badge>
  );
}

function StreamBanner({ live, base }: { readonly live: Live; readonly base: string }) {
  if (live.signedOut.value) {
    return (
      <Banner
        tone="warning"
        wide
        title="Your session has ended."
        actions={<LinkButton href={`/sign-in?next=${encodeURIComponent(`${base}/`)}`}>Sign in</LinkButton>}
      >
        What you see below is from before.
      </Banner>
    );
  }
  if (live.freshness.value !== 'stale') return null;
  return (
    <Banner tone="danger" wide title="The server does not answer.">
      What you see is {Math.round(live.ageMs.value / 1_000)} s old. The page goes on trying.
    </Banner>
  );
}

function withSeconds(instantMs: number): string {
  const seconds = String(new Date(instantMs).getSeconds()).padStart(2, '0');
  return `${clockTimeText(instantMs, instantMs)}:${seconds}`;
}

import { Banner, Card, EmptyState } from '@dualbrake/kit';
import type { BreakerView, ErrorView, OverviewView, RecoveryFigures, Trigger } from '../../../src/contract.ts';
import { StateStrip, stretchesOf } from '../../charts/state-strip.tsx';
import { useResource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { BreakerActions, BreakerReasons } from '../../parts/breaker-row.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Details, Facts, Figures, Links, SettingFacts, type NamedNumber } from '../../parts/facts.tsx';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { StateMark } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Timeline, TimelineItem } from '../../parts/timeline.tsx';
import {
  breakerName,
  breakerStatus,
  capital,
  clockText,
  durationText,
  numberText,
  shareText,
  startedMs,
} from '../../words/words.ts';
import { ErrorTable } from './error-table.tsx';
import { Traffic } from './traffic.tsx';

type Breaker = Readonly<{ breaker: BreakerView }>;
type BreakerInReport = Readonly<{ breaker: BreakerView; report: OverviewView }>;

/** One breaker: state, actions, traffic, errors and history. */
export function BreakerPage({ breaker, report }: BreakerInReport) {
  const { id, name, description, calls, running, failures, refused, recovery, settings } = breaker;
  return (
    <Page
      title={name}
      back={{ href: hrefOf(['breakers']), label: 'Breakers' }}
      {...(description !== '' && { description })}
    >
      <CurrentState breaker={breaker} report={report} />
      <Figures
        figures={[
          { name: 'Calls', value: numberText(calls), note: `${numberText(running)} running` },
          {
            name: 'Failed',
            value: numberText(failures),
            note: calls === 0 ? '—' : `${shareText(failures, calls)} of the calls`,
          },
          { name: 'Blocked', value: numberText(refused), note: 'rejected without an attempt' },
          criterion(breaker),
          {
            name: 'Mean time to recover',
            value: durationText(recovery.mean_ms),
            note:
              recovery.count === 0 ? 'no recoveries yet' : `of ${recovery.count}, p95 ${durationText(recovery.p95_ms)}`,
          },
        ]}
      />
      <Traffic breaker={breaker} />
      <div class="columns">
        <div class="column">
          <Errors id={id} />
          <Transitions breaker={breaker} />
        </div>
        <div class="column">
          <Recoveries id={id} recovery={recovery} />
          <Related breaker={breaker} report={report} />
          <Card title="Settings" actions={<a href={hrefOf(['settings'], { member: id })}>Change</a>}>
            <SettingFacts settings={settings} />
          </Card>
        </div>
      </div>
    </Page>
  );
}

/** The measure that opens the breaker: consecutive failures, or a ratio in its window. */
function criterion(breaker: BreakerView): NamedNumber {
  const { window, consecutive_failures: consecutive, failure_ratio: ratio, slow_ratio: slow, settings } = breaker;
  if (window === 'consecutive') {
    const note = `opens at ${settings['failureThreshold'] ?? '—'}`;
    return { name: 'Consecutive failures', value: numberText(consecutive), note };
  }
  return {
    name: 'Failure ratio',
    value: ratio === null ? '—' : `${Math.round(ratio * 100)} %`,
    note: slow === null ? 'of the calls in the window' : `slow: ${Math.round(slow * 100)} %`,
  };
}

const DAY_MS = 86_400_000;

function CurrentState({ breaker, report }: BreakerInReport) {
  const { id, state, circuit, transitions, calls, refused, last_failure: failure, next_test_at: nextProbe } = breaker;
  const status = breakerStatus(breaker);
  const nowMs = Date.parse(report.now);
  const fromMs = Math.max(nowMs - DAY_MS, startedMs(report));
  const isProbeDue = circuit === 'open' && nextProbe !== null && Date.parse(nextProbe) < nowMs - 5_000;
  return (
    <section class={`verdict standing tone-${status.tone}`} aria-label="State" data-state={state} data-breaker={id}>
      <div class="stack">
        <p class="verdict-text">
          <StateMark status={status} />
        </p>
        <BreakerReasons breaker={breaker} />
        {isProbeDue && <p class="muted">The reset timeout has ended. The next call will be the probe.</p>}
        {failure !== null && (
          <p class="muted">
            Last failure <Time instant={failure.at} form="both" />: <code>{failure.rule}</code>, {failure.class}.{' '}
            <a href={hrefOf(['logs'], { breaker: id })}>View logs</a>
          </p>
        )}
        {breaker.drill && (
          <Banner tone="warning" icon="drill" title="A drill is running on this breaker">
            Faults are injected into its calls on purpose.
          </Banner>
        )}
        {calls + refused === 0 && <p class="muted">No calls since the start. This is not an error.</p>}
        <BreakerActions breaker={breaker} all />
      </div>
      <div>
        <StateStrip
          label={`Since ${clockText(fromMs)}`}
          stretches={stretchesOf(transitions, circuit, { fromMs, toMs: nowMs, startedMs: fromMs })}
        />
        <div class="row spread status-detail">
          <span>{clockText(fromMs)}</span>
          <span>Height shows the state</span>
          <span>now</span>
        </div>
      </div>
    </section>
  );
}

function Errors({ id }: Readonly<{ id: string }>) {
  const errors = useResource<{ errors: readonly ErrorView[] }>(`breakers/${encodeURIComponent(id)}/errors`);
  return (
    <Card title="Errors" actions={<AsOf resource={errors} />} flush>
      <Loaded resource={errors} what="the errors">
        {({ errors: found }) => <ErrorTable errors={found} />}
      </Loaded>
    </Card>
  );
}

const triggerTexts: Readonly<Record<Trigger, string>> = {
  automatic: 'Automatic.',
  operator: 'By an operator.',
  'health-check': 'By a health check.',
  shared: 'By another process.',
};

function Transitions({ breaker: { id, circuit, transitions } }: Breaker) {
  return (
    <Card title="State changes" actions={<a href={hrefOf(['logs'], { breaker: id })}>View logs</a>} flush>
      {transitions.length === 0 ? (
        <EmptyState icon="check" title="None since the start">
          The breaker has been {circuit} throughout.
        </EmptyState>
      ) : (
        <Timeline items={transitions} limit={8}>
          {({ from, to, trigger, reason, at }) => (
            <TimelineItem
              key={`${at} ${to}`}
              lead={<span class="timeline-dot" aria-hidden="true" />}
              why={`${capital(reason)} ${triggerTexts[trigger]}`}
              when={<Time instant={at} form="both" />}
            >
              {from} to <strong>{to}</strong>
            </TimelineItem>
          )}
        </Timeline>
      )}
    </Card>
  );
}

/** Pipelines, other breakers and services that depend on the breaker or fail with it. */
function Related({ breaker: { id, used_by: usedBy, neighbours }, report }: BreakerInReport) {
  const neighbourLinks = neighbours.map((each) => ({
    href: hrefOf(['breakers', each]),
    name: breakerName(report, each),
  }));
  const serviceLinks = report.services
    .filter(({ dependants }) => dependants.includes(id))
    .map((service) => ({ href: hrefOf(['services', service.id]), name: `${service.name} (${service.state})` }));
  return (
    <Card title="Related" actions={<a href={hrefOf(['map'])}>View map</a>} flush>
      <Details
        facts={[
          { name: 'Used by', value: usedBy.join(', ') || 'No pipeline' },
          { name: 'Neighbours', value: <Links links={neighbourLinks} none="None" /> },
          { name: 'Depends on', value: <Links links={serviceLinks} none="No known service" /> },
        ]}
      />
    </Card>
  );
}

interface Recovery {
  readonly incident: number;
  readonly opened_at: string;
  readonly recover_ms: number;
  readonly drill: boolean;
}

/** Recovery times, in total and by incident. */
function Recoveries({ id, recovery }: Readonly<{ id: string; recovery: RecoveryFigures }>) {
  const list = useResource<{ recoveries: readonly Recovery[] }>(`breakers/${encodeURIComponent(id)}/recoveries`);
  return (
    <Card title="Recoveries" flush>
      <div class="card-body">
        <Facts
          facts={[
            { name: 'Count', value: numberText(recovery.count) },
            { name: 'Mean', term: 'Mean time to recover', value: durationText(recovery.mean_ms) },
            { name: 'p95', value: durationText(recovery.p95_ms) },
            { name: 'Longest', value: durationText(recovery.longest_ms) },
            { name: 'Flaps', value: numberText(recovery.flaps) },
          ]}
        />
      </div>
      <Loaded resource={list} what="the recoveries">
        {({ recoveries }) => (
          <DataTable
            caption="Recoveries, newest first"
            empty={
              <EmptyState icon="clock" title="No recoveries yet">
                Recoveries appear here once an incident is resolved.
              </EmptyState>
            }
            rows={recoveries.slice(0, 10)}
            rowKey={({ incident }) => String(incident)}
            columns={(col) => [
              col.link('Incident', ({ incident, drill }) => ({
                path: ['incidents', incident],
                text: `Incident ${incident}`,
                note: drill ? 'drill, not counted' : '',
              })),
              col.time('Opened', ({ opened_at: at }) => at),
              col.number('Time to recover', ({ recover_ms: ms }) => durationText(ms)),
            ]}
          />
        )}
      </Loaded>
    </Card>
  );
}

import { useState } from 'preact/hooks';
import { Banner, Button, Card, EmptyState, LinkButton, StatusMark } from '@dualbrake/kit';
import type { BreakerView, ErrorView, OverviewView, Trigger } from '../../../src/contract.ts';
import { StateStrip, stretchesOf } from '../../charts/state-strip.tsx';
import { useConsole } from '../../live/context.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { BreakerActions } from '../../parts/breaker-actions.tsx';
import { Facts, Figures, type NamedNumber } from '../../parts/facts.tsx';
import { AsOf, Loaded, NoReport, Page } from '../../parts/page.tsx';
import { Term } from '../../parts/term.tsx';
import { CountDown, Time } from '../../parts/time.tsx';
import { breakerLook, capital, clockText, durationText, numberText, sentence, shareText } from '../../words/words.ts';
import { settingName, settingValue } from '../../words/setting-words.ts';
import { ErrorTable } from './error-table.tsx';
import { Recoveries } from './recoveries.tsx';
import { Traffic } from './traffic.tsx';

const DAY_MS = 86_400_000;
/** State changes at first: a breaker that flaps has many that say the same. */
const SHOWN = 8;

/** One breaker: what it does now and why, its controls, and how it came to this. */
export function BreakerPage({ id }: { readonly id: string }) {
  const { live } = useConsole();
  const report = live.report.value;
  const breaker = report?.breakers.find((each) => each.id === id);
  const back = { href: hrefOf(['breakers']), label: 'Breakers' };
  if (report === undefined || breaker === undefined) {
    return (
      <Page title={report === undefined ? 'Breaker' : 'No such breaker'} back={back}>
        {report === undefined ? (
          <NoReport />
        ) : (
          <EmptyState
            title={`No breaker named “${id}”`}
            actions={<LinkButton href={back.href}>All breakers</LinkButton>}
          >
            It may belong to another version of the application, or it was evicted.
          </EmptyState>
        )}
      </Page>
    );
  }
  return (
    <Page title={breaker.name} back={back} {...(breaker.description !== '' && { description: breaker.description })}>
      <Standing breaker={breaker} report={report} />
      <Figures
        figures={[
          {
            name: 'Calls',
            term: 'calls',
            value: numberText(breaker.calls),
            note: `${numberText(breaker.running)} running`,
          },
          {
            name: 'Failed',
            term: 'failures',
            value: numberText(breaker.failures),
            note: breaker.calls === 0 ? '—' : `${shareText(breaker.failures, breaker.calls)} of the calls`,
          },
          { name: 'Blocked', term: 'refused', value: numberText(breaker.refused), note: 'rejected without an attempt' },
          judged(breaker),
          {
            name: 'Mean time to recover',
            term: 'mttr',
            value: durationText(breaker.recovery.mean_ms),
            note:
              breaker.recovery.count === 0
                ? 'no recoveries yet'
                : `of ${breaker.recovery.count}, p95 ${durationText(breaker.recovery.p95_ms)}`,
          },
        ]}
      />
      <Traffic id={id} breaker={breaker} />
      <div class="columns">
        <div class="column">
          <Errors id={id} />
          <Transitions breaker={breaker} />
        </div>
        <div class="column">
          <Recoveries id={id} recovery={breaker.recovery} />
          <Surroundings breaker={breaker} report={report} />
          <Card title="Settings" actions={<a href={hrefOf(['settings'], { member: id })}>Change</a>}>
            <Facts
              facts={Object.entries(breaker.settings).map(([setting, value]) => ({
                name: settingName(setting),
                value: typeof value === 'number' ? settingValue(setting, value) : String(value),
              }))}
            />
          </Card>
        </div>
      </div>
    </Page>
  );
}

/** What it judges by: failures in a row, or a share of the calls in its window. */
function judged(breaker: BreakerView): NamedNumber & { readonly note: string } {
  const { window, consecutive_failures: inARow, failure_ratio: ratio, slow_ratio: slow, settings } = breaker;
  if (window === 'consecutive') {
    return {
      name: 'Consecutive failures',
      value: numberText(inARow),
      note: `opens at ${settings['failureThreshold'] ?? '—'}`,
    };
  }
  return {
    name: 'Failure ratio',
    term: 'failure-ratio',
    value: ratio === null ? '—' : `${Math.round(ratio * 100)} %`,
    note: slow === null ? 'of the calls in the window' : `slow: ${Math.round(slow * 100)} %`,
  };
}

/** What it does now, since when and why, and what can be done. */
function Standing({ breaker, report }: { readonly breaker: BreakerView; readonly report: OverviewView }) {
  const { id, state, circuit, override, since, reason, transitions, calls, refused } = breaker;
  const look = breakerLook(breaker);
  const nowMs = Date.parse(report.now);
  const startedMs = Math.min(...report.instances.map(({ started_at: at }) => Date.parse(at)), nowMs);
  const fromMs = Math.max(nowMs - DAY_MS, startedMs);
  const isQuiet =
    circuit === 'open' && breaker.next_test_at !== null && Date.parse(breaker.next_test_at) < nowMs - 5_000;
  return (
    <section class={`verdict standing tone-${look.tone}`} aria-label="State" data-state={state} data-breaker={id}>
      <div class="standing-words">
        <p class="verdict-text">
          <StatusMark shape={look.shape} tone={look.tone}>
            {look.word}
          </StatusMark>
        </p>
        {override !== null && (
          <p>
            {override.mode === 'isolated' ? 'Isolated' : 'Held closed'} by {override.actor ?? 'an operator'},{' '}
            <Time instant={override.since} form="both" />: {sentence(override.reason)}{' '}
            <strong>
              Ends <CountDown until={override.ends_at} />.
            </strong>{' '}
            Automatic state: {circuit}.
          </p>
        )}
        <p>
          {override === null ? 'Since' : 'Automatic state: since'} <Time instant={since} form="both" />
          {reason === '' ? '.' : `: ${sentence(reason)}`}{' '}
          {breaker.next_test_at !== null && (
            <strong>
              <Term term="next-test">Next probe</Term> <CountDown until={breaker.next_test_at} />.
            </strong>
          )}
        </p>
        {isQuiet && <p class="verdict-detail">The reset timeout has ended. The next call will be the probe.</p>}
        {breaker.last_failure !== null && (
          <p class="verdict-detail">
            Last failure <Time instant={breaker.last_failure.at} form="both" />:{' '}
            <code>{breaker.last_failure.rule}</code>, {breaker.last_failure.class}.{' '}
            <a href={hrefOf(['logs'], { breaker: breaker.id })}>View logs</a>
          </p>
        )}
        {breaker.drill && (
          <Banner tone="warning" icon="drill" title="A drill is running on this breaker">
            Faults are injected into its calls on purpose.
          </Banner>
        )}
        {calls + refused === 0 && <p class="verdict-detail">No calls since the start. This is not an error.</p>}
        <BreakerActions breaker={breaker} all />
      </div>
      <div class="standing-strip">
        <StateStrip
          label={`Since ${clockText(fromMs)}`}
          stretches={stretchesOf(transitions, circuit, { fromMs, toMs: nowMs, startedMs })}
        />
        <div class="strip-ends">
          <span>{clockText(fromMs)}</span>
          <span>Height shows the state</span>
          <span>now</span>
        </div>
      </div>
    </section>
  );
}

function Errors({ id }: { readonly id: string }) {
  const errors = useResource<{ errors: readonly ErrorView[] }>(`breakers/${encodeURIComponent(id)}/errors`);
  return (
    <Card title="Errors" actions={<AsOf resource={errors} />} flush>
      <Loaded resource={errors} what="the errors">
        {({ errors: found }) => <ErrorTable errors={found} />}
      </Loaded>
    </Card>
  );
}

/** What caused a change of state, where the reason does not say it. */
const triggerWords: Readonly<Record<Trigger, string>> = {
  automatic: 'Automatic.',
  operator: 'By an operator.',
  'health-check': 'By a health check.',
  shared: 'By another process.',
};

function Transitions({ breaker }: { readonly breaker: BreakerView }) {
  const { transitions, id } = breaker;
  const [all, setAll] = useState(false);
  const shown = all ? transitions : transitions.slice(0, SHOWN);
  return (
    <Card title="State changes" actions={<a href={hrefOf(['logs'], { breaker: id })}>View logs</a>} flush>
      {transitions.length === 0 ? (
        <EmptyState icon="check" title="None since the start">
          It has been {breaker.circuit} throughout.
        </EmptyState>
      ) : (
        <>
          <ol class="timeline">
            {shown.map(({ from, to, trigger, reason, at }) => (
              <li key={`${at} ${to}`}>
                <span class="timeline-dot" aria-hidden="true" />
                <p class="timeline-what">
                  {from} to <strong>{to}</strong>
                </p>
                <p class="timeline-why">
                  {capital(reason)} {triggerWords[trigger]}
                </p>
                <p class="timeline-when">
                  <Time instant={at} form="both" />
                </p>
              </li>
            ))}
          </ol>
          {transitions.length > SHOWN && (
            <div class="timeline-more">
              <Button variant="quiet" size="small" aria-expanded={all} onClick={() => setAll(!all)}>
                {all ? 'Show fewer' : `Show all ${transitions.length}`}
              </Button>
            </div>
          )}
        </>
      )}
    </Card>
  );
}

/** What it guards and what fails with it. */
function Surroundings({ breaker, report }: { readonly breaker: BreakerView; readonly report: OverviewView }) {
  const services = report.services.filter(({ dependants }) => dependants.includes(breaker.id));
  const nameOf = (id: string): string => report.breakers.find((each) => each.id === id)?.name ?? id;
  return (
    <Card title="Related" actions={<a href={hrefOf(['map'])}>View map</a>} flush>
      <dl class="data-list">
        <div>
          <dt>Used by</dt>
          <dd>{breaker.used_by.length === 0 ? 'No pipeline' : breaker.used_by.join(', ')}</dd>
        </div>
        <div>
          <dt>
            <Term term="neighbours" />
          </dt>
          <dd>
            {breaker.neighbours.length === 0
              ? 'None'
              : breaker.neighbours.map((id, place) => (
                  <span key={id}>
                    {place > 0 && ', '}
                    <a href={hrefOf(['breakers', id])}>{nameOf(id)}</a>
                  </span>
                ))}
          </dd>
        </div>
        <div>
          <dt>Needs</dt>
          <dd>
            {services.length === 0
              ? 'No known service'
              : services.map(({ id, name, state }, place) => (
                  <span key={id}>
                    {place > 0 && ', '}
                    <a href={hrefOf(['services', id])}>{name}</a> ({state})
                  </span>
                ))}
          </dd>
        </div>
      </dl>
    </Card>
  );
}

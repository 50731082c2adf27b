import { LinkButton, Shape } from '@dualbrake/kit';
import type { BreakerView, OverviewView } from '../../../src/contract.ts';
import { hrefOf } from '../../live/router.ts';
import { CountDown, Time } from '../../parts/time.tsx';
import { breakerName, judgementMarks } from '../../words/words.ts';

/** The state of the application in one sentence, when it began, and the open incidents. */
export function Verdict({ report }: Readonly<{ report: OverviewView }>) {
  const { tone, shape } = judgementMarks[report.verdict.tone];
  return (
    <section class={`verdict tone-${tone}`} aria-label="Verdict">
      <Shape shape={shape} />
      <div class="stack">
        <p class="verdict-text">{report.verdict.text}</p>
        <p class="muted">
          <Detail report={report} />
        </p>
        <div class="button-row">
          {report.incidents.slice(0, 3).map(({ number, state }) => (
            <LinkButton key={number} href={hrefOf(['incidents', number])}>
              {`Incident ${number}${state === 'triggered' ? ', not acknowledged' : ''}`}
            </LinkButton>
          ))}
        </div>
      </div>
    </section>
  );
}

function Detail({ report }: Readonly<{ report: OverviewView }>) {
  const { breakers, changes } = report;
  // An isolation by an operator is not a failure.
  const open = breakers.filter(({ state, override }) => state === 'open' && override === null);
  const [latest] = changes;
  if (open.length === 0) {
    if (latest === undefined) return <>Nothing has changed since the start.</>;
    return (
      <>
        Last change <Time instant={latest.at} form="both" />.
      </>
    );
  }
  const first = firstFailure(report, open);
  const next = open.flatMap(({ next_test_at: at }) => at ?? []).toSorted()[0];
  const config = changes.find(({ kind }) => kind === 'config');
  return (
    <>
      {first !== undefined && (
        <>
          First failure: <a href={hrefOf(['breakers', first.id])}>{first.name}</a>,{' '}
          <Time instant={first.at} form="both" />.{' '}
        </>
      )}
      {next !== undefined && (
        <>
          Next probe <CountDown until={next} />.{' '}
        </>
      )}
      {config !== undefined && (
        <>
          Settings were changed <Time instant={config.at} />:{' '}
          <a href={hrefOf(['settings', 'revisions'])}>view revisions</a>.
        </>
      )}
    </>
  );
}

/** The start of the outage. Incidents record it; a breaker has only its last opening. */
function firstFailure(
  { incidents, breakers }: OverviewView,
  open: readonly BreakerView[],
): { readonly id: string; readonly name: string; readonly at: string } | undefined {
  const blocking = new Set(open.map(({ id }) => id));
  const [first] = [
    ...open.map(({ id, since }) => ({ id, at: since })),
    ...incidents
      .filter(({ members }) => members.some(({ breaker }) => blocking.has(breaker)))
      .flatMap(({ members }) => members.filter(({ cause }) => cause === 'automatic'))
      .map(({ breaker: id, first_failure_at: failedAt, opened_at: openedAt }) => ({ id, at: failedAt ?? openedAt })),
  ].toSorted((one, other) => one.at.localeCompare(other.at));
  return first && { ...first, name: breakerName({ breakers }, first.id) };
}

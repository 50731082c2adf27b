import { LinkButton } from '@dualbrake/kit';
import { Shape, type StatusShape } from '@dualbrake/kit';
import type { BreakerView, OverviewView } from '../../../src/contract.ts';
import { hrefOf } from '../../live/router.ts';
import { CountDown, Time } from '../../parts/time.tsx';

const looks: Readonly<Record<OverviewView['verdict']['tone'], { readonly tone: string; readonly shape: StatusShape }>> =
  {
    good: { tone: 'success', shape: 'circle' },
    warning: { tone: 'warning', shape: 'half' },
    bad: { tone: 'danger', shape: 'square' },
  };

/** The one sentence to read at three in the morning, when it began, and where to go next. */
export function Verdict({ report }: { readonly report: OverviewView }) {
  const { verdict, breakers, changes, incidents } = report;
  const { tone, shape } = looks[verdict.tone];
  // What people ordered is no failure.
  const open = breakers.filter(({ state, override }) => state === 'open' && override === null);
  const first = open.length === 0 ? undefined : firstFailure(report, open);
  const next = open.flatMap(({ next_test_at: at }) => at ?? []).toSorted()[0];
  const latest = changes[0];
  const config = changes.find(({ kind }) => kind === 'config');
  return (
    <section class={`verdict tone-${tone}`} aria-label="Verdict">
      <Shape shape={shape} />
      <div class="verdict-words">
        <p class="verdict-text">{verdict.text}</p>
        <p class="verdict-detail">
          {first !== undefined ? (
            <>
              First failure: <a href={hrefOf(['breakers', first.id])}>{first.name}</a>,{' '}
              <Time instant={first.at} form="both" />.
              {next !== undefined && (
                <>
                  {' '}
                  Next probe <CountDown until={next} />.
                </>
              )}
              {config !== undefined && (
                <>
                  {' '}
                  Settings were changed <Time instant={config.at} />:{' '}
                  <a href={hrefOf(['settings', 'revisions'])}>view revisions</a>.
                </>
              )}
            </>
          ) : latest !== undefined ? (
            <>
              Last change <Time instant={latest.at} form="both" />.
            </>
          ) : (
            'Nothing has changed since the start.'
          )}
        </p>
      </div>
      {incidents.length > 0 && (
        <ul class="verdict-incidents">
          {incidents.slice(0, 3).map(({ number, state }) => (
            <li key={number}>
              <LinkButton href={hrefOf(['incidents', number])}>
                {`Incident ${number}${state === 'triggered' ? ', not acknowledged' : ''}`}
              </LinkButton>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Where it began: an incident remembers that, a breaker is open only since its last probe. */
function firstFailure(
  { incidents, breakers }: OverviewView,
  open: readonly BreakerView[],
): { readonly id: string; readonly name: string; readonly at: string } | undefined {
  const blocking = new Set(open.map(({ id }) => id));
  const begun = [
    ...open.map(({ id, since }) => ({ id, at: since })),
    ...incidents
      .filter(({ members }) => members.some(({ breaker }) => blocking.has(breaker)))
      .flatMap(({ members }) => members.filter(({ cause }) => cause === 'automatic'))
      .map(({ breaker, first_failure_at: failedAt, opened_at: openedAt }) => ({
        id: breaker,
        at: failedAt ?? openedAt,
      })),
  ].toSorted((one, other) => one.at.localeCompare(other.at));
  const [first] = begun;
  return first && { ...first, name: breakers.find(({ id }) => id === first.id)?.name ?? first.id };
}

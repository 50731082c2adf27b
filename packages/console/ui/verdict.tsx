import { Shape, type StatusShape } from '../kit/status-mark.tsx';
import type { OverviewView } from '../src/contract.ts';
import { CountDown, Time } from './time.tsx';

const looks: Readonly<Record<OverviewView['verdict']['tone'], { readonly tone: string; readonly shape: StatusShape }>> =
  {
    good: { tone: 'success', shape: 'circle' },
    warning: { tone: 'warning', shape: 'half' },
    bad: { tone: 'danger', shape: 'square' },
  };

/** The one sentence to read at three in the morning, and when it began. */
export function Verdict({ report }: { readonly report: OverviewView }) {
  const { verdict, breakers, changes } = report;
  const { tone, shape } = looks[verdict.tone];
  const open = breakers.filter(({ state }) => state === 'open');
  const first = open.toSorted((one, other) => one.since.localeCompare(other.since))[0];
  const next = open.flatMap(({ next_test_at: at }) => at ?? []).toSorted()[0];
  const latest = changes[0];
  return (
    <section class={`verdict tone-${tone}`} aria-label="Verdict">
      <Shape shape={shape} />
      <p class="verdict-text">{verdict.text}</p>
      <p class="verdict-detail">
        {first !== undefined ? (
          <>
            Calls blocked since <Time instant={first.since} form="both" />.
            {next !== undefined && (
              <>
                {' '}
                Next test <CountDown until={next} />.
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
    </section>
  );
}

import { Component } from 'preact';
import type { ActivityView, BreakerView, OverviewView } from '../../../src/contract.ts';
import { StatusMark, TableBox } from '@dualbrake/kit';
import { Sparkline } from '../../charts/sparkline.tsx';
import { StateStrip, stretchesOf } from '../../charts/state-strip.tsx';
import { hrefOf } from '../../live/router.ts';
import { Term } from '../../parts/term.tsx';
import { CountDown } from '../../parts/time.tsx';
import { breakerLook, numberText, shareText } from '../../words/words.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Between the minutes of two rows. */
const STAGGER_MS = 290;

/** Breakers side by side, an hour of each. */
export function BreakerTable({
  breakers,
  report,
  activity,
  chosen,
  onChoose,
}: {
  readonly breakers: readonly BreakerView[];
  readonly report: OverviewView;
  readonly activity: ActivityView | undefined;
  /** Nothing for who may not order anything. */
  readonly chosen: ReadonlySet<string> | undefined;
  readonly onChoose: (ids: readonly string[], on: boolean) => void;
}) {
  const nowMs = Date.parse(report.now);
  const startedMs = Math.min(...report.instances.map(({ started_at: at }) => Date.parse(at)), nowMs);
  const every = chosen !== undefined && breakers.every(({ id }) => chosen.has(id));
  return (
    <TableBox width={39}>
      <table class="table table-stacking table-hover breaker-table">
        <caption class="visually-hidden">Breakers: state, the last hour, calls and failures</caption>
        <thead>
          <tr>
            {chosen !== undefined && (
              <th scope="col" class="fit">
                <label class="choose">
                  <input
                    type="checkbox"
                    checked={every}
                    onChange={() =>
                      onChoose(
                        breakers.map(({ id }) => id),
                        !every,
                      )
                    }
                  />
                  <span class="visually-hidden">Select all</span>
                </label>
              </th>
            )}
            <th scope="col">Breaker</th>
            <th scope="col" class="state">
              State
            </th>
            <th scope="col" class="drawn">
              States, last hour
            </th>
            <th scope="col" class="drawn drawn-last">
              Calls, last hour
            </th>
            <th scope="col" class="align-end">
              <Term term="calls" />
            </th>
            <th scope="col" class="align-end">
              <Term term="failures" />
            </th>
            <th scope="col" class="align-end">
              <Term term="refused" />
            </th>
          </tr>
        </thead>
        <tbody>
          {breakers.map((breaker, place) => (
            <BreakerTableRow
              key={breaker.id}
              breaker={breaker}
              // An hour moves by a pixel in a minute. Not all rows in the same second.
              untilMs={
                Math.ceil((nowMs + ((place * STAGGER_MS) % MINUTE_MS)) / MINUTE_MS) * MINUTE_MS -
                ((place * STAGGER_MS) % MINUTE_MS)
              }
              startedMs={startedMs}
              series={activity?.breakers[breaker.id]}
              chosen={chosen?.has(breaker.id)}
              onChoose={onChoose}
            />
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

interface RowProps {
  readonly breaker: BreakerView;
  readonly untilMs: number;
  readonly startedMs: number;
  readonly series: ActivityView['breakers'][string] | undefined;
  readonly chosen: boolean | undefined;
  readonly onChoose: (ids: readonly string[], on: boolean) => void;
}

/** Two hundred rows come anew every second, and most of them are as they were. */
class BreakerTableRow extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { breaker, untilMs, series, chosen } = this.props;
    return (
      next.breaker.version !== breaker.version ||
      next.breaker.calls !== breaker.calls ||
      next.breaker.failures !== breaker.failures ||
      next.breaker.refused !== breaker.refused ||
      next.untilMs !== untilMs ||
      // New minutes are drawn with the next move of the strip.
      (next.series === undefined) !== (series === undefined) ||
      next.chosen !== chosen
    );
  }

  override render() {
    const { breaker, untilMs, startedMs, series, chosen, onChoose } = this.props;
    const { id, name, description, state, circuit, transitions, calls, failures, refused } = breaker;
    const look = breakerLook(breaker);
    return (
      <tr data-state={state} data-breaker={id}>
        {chosen !== undefined && (
          <td class="fit choose-cell">
            <label class="choose">
              <input
                type="checkbox"
                checked={chosen}
                onChange={(event) => onChoose([id], event.currentTarget.checked)}
              />
              <span class="visually-hidden">Select {name}</span>
            </label>
          </td>
        )}
        <th scope="row">
          <a class="row-link" href={hrefOf(['breakers', id])} data-row>
            {name}
          </a>
          {description !== '' && <span class="row-note">{description}</span>}
        </th>
        <td data-label="State">
          <StatusMark shape={look.shape} tone={look.tone}>
            {look.word}
          </StatusMark>
          {breaker.next_test_at !== null && breaker.override === null && (
            <span class="row-note">
              Next probe <CountDown until={breaker.next_test_at} />
            </span>
          )}
          {breaker.override !== null && (
            <span class="row-note">
              Ends <CountDown until={breaker.override.ends_at} />
            </span>
          )}
        </td>
        <td class="drawn" data-label="States, last hour">
          <StateStrip
            label="The last hour"
            stretches={stretchesOf(transitions, circuit, { fromMs: untilMs - HOUR_MS, toMs: untilMs, startedMs })}
          />
        </td>
        <td class="drawn drawn-last" data-label="Calls, last hour">
          <Sparkline series={series} minutes={60} />
        </td>
        <td class="align-end numbers" data-label="Calls">
          {numberText(calls)}
        </td>
        <td class="align-end numbers" data-label="Failed">
          {numberText(failures)}
          {failures > 0 && <span class="share"> ({shareText(failures, calls)})</span>}
        </td>
        <td class="align-end numbers" data-label="Blocked">
          {numberText(refused)}
        </td>
      </tr>
    );
  }
}

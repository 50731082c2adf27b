import type { ActivityView, BreakerView, OverviewView } from '../../../src/contract.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { StateStrip, stretchesOf } from '../../charts/state-strip.tsx';
import { hrefOf } from '../../live/router.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { StateMark } from '../../parts/status.tsx';
import { CountDown } from '../../parts/time.tsx';
import { breakerStatus, numberText, shareText, startedMs } from '../../words/words.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

interface BreakerTableProps {
  readonly breakers: readonly BreakerView[];
  readonly report: OverviewView;
  readonly activity: ActivityView | undefined;
  /** `undefined` without the permission to act on breakers. */
  readonly selected: ReadonlySet<string> | undefined;
  readonly onSelect: (ids: readonly string[], on: boolean) => void;
}

/** Breakers with their last hour. */
export function BreakerTable({ breakers, report, activity, selected, onSelect }: BreakerTableProps) {
  // An hour moves by about a pixel per minute.
  const toMs = Math.ceil(Date.parse(report.now) / MINUTE_MS) * MINUTE_MS;
  const hour = { fromMs: toMs - HOUR_MS, toMs, startedMs: startedMs(report) };
  return (
    <div class="breaker-table">
      <DataTable
        caption="Breakers: state, the last hour, calls and failures"
        hover
        width={39}
        rows={breakers}
        rowKey={({ id }) => id}
        rowProps={({ id, state }) => ({ 'data-state': state, 'data-breaker': id })}
        columns={(col) => [
          col.of('Breaker', ({ id, name, description }) => (
            <>
              {selected !== undefined && (
                <label class="choose">
                  <input
                    type="checkbox"
                    checked={selected.has(id)}
                    onChange={(event) => onSelect([id], event.currentTarget.checked)}
                  />
                  <span class="visually-hidden">Select {name}</span>
                </label>
              )}
              <a class="row-link" href={hrefOf(['breakers', id])} data-row>
                {name}
              </a>
              {description !== '' && <span class="row-note">{description}</span>}
            </>
          )),
          col.of(
            'State',
            (breaker) => (
              <>
                <StateMark status={breakerStatus(breaker)} />
                <Deadline breaker={breaker} />
              </>
            ),
            { class: 'state' },
          ),
          col.of(
            'States, last hour',
            ({ transitions, circuit }) => (
              <StateStrip label="The last hour" stretches={stretchesOf(transitions, circuit, hour)} />
            ),
            { class: 'drawn' },
          ),
          col.of('Calls, last hour', ({ id }) => <Sparkline series={activity?.breakers[id]} minutes={60} />, {
            class: 'drawn drawn-last',
          }),
          col.number('Calls', ({ calls }) => numberText(calls)),
          col.number('Failed', ({ calls, failures }) => (
            <>
              {numberText(failures)}
              {failures > 0 && <span class="share"> ({shareText(failures, calls)})</span>}
            </>
          )),
          col.number('Blocked', ({ refused }) => numberText(refused)),
        ]}
      />
    </div>
  );
}

/** When an override ends or the next probe is due. */
function Deadline({ breaker: { override, next_test_at: nextProbe } }: Readonly<{ breaker: BreakerView }>) {
  const until = override?.ends_at ?? nextProbe;
  if (until === null) return null;
  return (
    <span class="row-note">
      {override === null ? 'Next probe' : 'Ends'} <CountDown until={until} />
    </span>
  );
}

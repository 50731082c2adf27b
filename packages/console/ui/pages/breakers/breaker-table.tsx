import { Component } from 'preact';
import { TableBox } from '@dualbrake/kit';
import type { ActivityView, BreakerView, OverviewView } from '../../../src/contract.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { StateStrip, stretchesOf } from '../../charts/state-strip.tsx';
import { hrefOf } from '../../live/router.ts';
import { StateMark } from '../../parts/status.tsx';
import { Term } from '../../parts/term.tsx';
import { CountDown } from '../../parts/time.tsx';
import { breakerStatus, numberText, shareText } from '../../words/words.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Spreads the redraws of the rows over the minute. */
const STAGGER_MS = 290;

const headers = [
  ['Breaker', undefined],
  ['State', 'state'],
  ['States, last hour', 'drawn'],
  ['Calls, last hour', 'drawn drawn-last'],
] as const;

type OnSelect = (ids: readonly string[], on: boolean) => void;

interface BreakerTableProps {
  readonly breakers: readonly BreakerView[];
  readonly report: OverviewView;
  readonly activity: ActivityView | undefined;
  /** `undefined` without the permission to act on breakers. */
  readonly selected: ReadonlySet<string> | undefined;
  readonly onSelect: OnSelect;
}

/** Breakers with their last hour. */
export function BreakerTable({ breakers, report, activity, selected, onSelect }: BreakerTableProps) {
  const nowMs = Date.parse(report.now);
  const startedMs = Math.min(...report.instances.map(({ started_at: at }) => Date.parse(at)), nowMs);
  const ids = breakers.map(({ id }) => id);
  const every = selected !== undefined && ids.every((id) => selected.has(id));
  return (
    <TableBox width={39}>
      <table class="table table-stacking table-hover breaker-table">
        <caption class="visually-hidden">Breakers: state, the last hour, calls and failures</caption>
        <thead>
          <tr>
            {selected !== undefined && (
              <th scope="col" class="fit">
                <Checkbox label="Select all" checked={every} onChange={() => onSelect(ids, !every)} />
              </th>
            )}
            {headers.map(([header, name]) => (
              <th key={header} scope="col" class={name}>
                {header}
              </th>
            ))}
            {(['Calls', 'Failed', 'Blocked'] as const).map((term) => (
              <th key={term} scope="col" class="align-end">
                <Term term={term} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {breakers.map((breaker, index) => {
            const offsetMs = (index * STAGGER_MS) % MINUTE_MS;
            return (
              <BreakerTableRow
                key={breaker.id}
                breaker={breaker}
                // An hour moves by about a pixel per minute.
                untilMs={Math.ceil((nowMs + offsetMs) / MINUTE_MS) * MINUTE_MS - offsetMs}
                startedMs={startedMs}
                series={activity?.breakers[breaker.id]}
                selected={selected?.has(breaker.id)}
                onSelect={onSelect}
              />
            );
          })}
        </tbody>
      </table>
    </TableBox>
  );
}

type CheckboxProps = Readonly<{ label: string; checked: boolean; onChange: (checked: boolean) => void }>;

function Checkbox({ label, checked, onChange }: CheckboxProps) {
  return (
    <label class="choose">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span class="visually-hidden">{label}</span>
    </label>
  );
}

interface RowProps {
  readonly breaker: BreakerView;
  readonly untilMs: number;
  readonly startedMs: number;
  readonly series: ActivityView['breakers'][string] | undefined;
  readonly selected: boolean | undefined;
  readonly onSelect: OnSelect;
}

class BreakerTableRow extends Component<RowProps> {
  /** Up to two hundred rows are reported every second; most are unchanged. */
  override shouldComponentUpdate(next: RowProps): boolean {
    const { breaker, untilMs, series, selected } = this.props;
    return (
      next.breaker.version !== breaker.version ||
      next.breaker.calls !== breaker.calls ||
      next.breaker.failures !== breaker.failures ||
      next.breaker.refused !== breaker.refused ||
      next.untilMs !== untilMs ||
      // New minutes are drawn with the next move of the strip.
      (next.series === undefined) !== (series === undefined) ||
      next.selected !== selected
    );
  }

  override render() {
    const { breaker, untilMs, startedMs, series, selected, onSelect } = this.props;
    const { id, name, description, state, circuit, override, transitions, calls, failures, refused } = breaker;
    return (
      <tr data-state={state} data-breaker={id}>
        {selected !== undefined && (
          <td class="fit choose-cell">
            <Checkbox label={`Select ${name}`} checked={selected} onChange={(on) => onSelect([id], on)} />
          </td>
        )}
        <th scope="row">
          <a class="row-link" href={hrefOf(['breakers', id])} data-row>
            {name}
          </a>
          {description !== '' && <span class="row-note">{description}</span>}
        </th>
        <td data-label="State">
          <StateMark status={breakerStatus(breaker)} />
          {override !== null ? (
            <span class="row-note">
              Ends <CountDown until={override.ends_at} />
            </span>
          ) : (
            breaker.next_test_at !== null && (
              <span class="row-note">
                Next probe <CountDown until={breaker.next_test_at} />
              </span>
            )
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

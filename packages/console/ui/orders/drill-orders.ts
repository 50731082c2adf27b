import type { FaultView, StopCondition } from '../../src/contract.ts';
import { limitText, sentence } from '../words/words.ts';
import { done, newerThan } from './breaker-orders.ts';
import type { Intent } from './intent.ts';

/** What is to be started, as the form has it. */
export interface DrillDraft {
  readonly target: string;
  readonly kind: FaultView['kind'];
  readonly class: FaultView['class'];
  readonly delayMs: number;
  /** Share of the calls, in percent. */
  readonly percent: number;
  readonly minutes: number;
  readonly stopConditions: readonly StopCondition[];
}

/** `half of the calls wait 800 ms`, for people. */
export function drillSentence({
  kind,
  class: errorClass,
  delayMs,
  percent,
}: Pick<DrillDraft, 'kind' | 'class' | 'delayMs' | 'percent'>): string {
  const share = percent === 100 ? 'every call' : `${percent} % of the calls`;
  if (kind === 'error') return `${share} will fail with a ${errorClass} error, without reaching the dependency`;
  return kind === 'delay'
    ? `${share} will wait ${limitText(delayMs)} before reaching the dependency`
    : `${share} will hang until they time out`;
}

/** `when Database opens`, `when more than 90 % of the calls of Database fail`. */
export function stopText(condition: StopCondition, nameOf: (id: string) => string): string {
  if (condition.type === 'breaker_opens') return `when ${nameOf(condition.breaker)} opens`;
  if (condition.type === 'loop_delay') return `when the event-loop delay exceeds ${limitText(condition.above_ms)}`;
  return `when more than ${Math.round(condition.above * 100)} % of the calls of ${nameOf(condition.breaker)} fail`;
}

/** Breaks something on purpose, for a while. */
export function startDrill(
  draft: DrillDraft,
  usedBy: readonly string[],
  nameOf: (id: string) => string,
  taken: () => void,
): Intent {
  const { target, kind, percent, minutes, stopConditions } = draft;
  return {
    id: `drill ${target}`,
    question: 'Start drill?',
    verb: 'Start drill',
    danger: true,
    extent: `${target}, used by ${usedBy.join(', ') || 'no pipeline'}; it ends after ${minutes} min, or ${stopConditions.map((each) => stopText(each, nameOf)).join(', or ')}`,
    consequence: `${sentence(drillSentence(draft)).replace(/^./, (first) => first.toUpperCase())} People using the application now will notice.`,
    wayBack: 'It ends by itself, and Stop ends it at any time. A stopped drill can’t be resumed.',
    now: 'No drill is running here',
    reason: '',
    request: ({ reason }) => ({
      method: 'POST',
      path: 'faults',
      body: {
        target,
        kind,
        class: draft.class,
        delay_ms: draft.delayMs,
        ratio: percent / 100,
        ttl_ms: minutes * 60_000,
        stop_conditions: stopConditions,
        reason,
      },
    }),
    progress: (report, receipt) => {
      const { id } = receipt.answer as FaultView;
      const shown = newerThan(receipt, report)?.faults.find((each) => each.id === id);
      return shown === undefined
        ? { tone: 'info', title: 'Accepted', text: 'Waiting for the next report…' }
        : done(`The drill is ${shown.state}.`);
    },
    taken,
  };
}

/** Ends a drill before its time. */
export function stopDrill(fault: FaultView, taken: () => void, hasEnded = false): Intent {
  const { id, target, kind } = fault;
  return {
    id: `drill ${id} stop`,
    question: 'Stop drill?',
    verb: 'Stop drill',
    extent: `The drill on ${target} (${kind}), by ${fault.actor}: ${fault.reason}`,
    consequence: 'The fault is removed immediately.',
    wayBack: 'It can’t be resumed. Start another drill.',
    now: `${fault.injected} calls affected`,
    obsolete: hasEnded ? 'The drill has already ended.' : undefined,
    renew: (report) => {
      const shown = report?.faults.find((each) => each.id === id);
      return stopDrill(
        shown ?? fault,
        taken,
        report !== undefined && report.now > fault.started_at && shown === undefined,
      );
    },
    reason: 'seen enough',
    request: ({ reason }) => ({ method: 'DELETE', path: `faults/${encodeURIComponent(id)}`, body: { reason } }),
    progress: (report, receipt) => {
      const current = newerThan(receipt, report);
      if (current === undefined) return { tone: 'info', title: 'Accepted', text: 'Waiting for the next report…' };
      const shown = current.faults.find((each) => each.id === id);
      return shown === undefined || shown.state !== 'running'
        ? done('The drill has ended.')
        : { tone: 'info', title: 'Accepted', text: 'The drill is still running…' };
    },
    taken,
  };
}

import type { FaultView, StopCondition } from '../../src/contract.ts';
import { capital, limitText } from '../words/words.ts';
import { accepted, done, newerThan, type Action } from './action.ts';

/** The drill that the form describes. */
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

/** `50 % of the calls will wait 800 ms before reaching the dependency.` */
export function drillSentence({ kind, class: errorClass, delayMs, percent }: DrillDraft): string {
  const share = percent === 100 ? 'every call' : `${percent} % of the calls`;
  const effects = {
    error: `will fail with a ${errorClass} error, without reaching the dependency`,
    delay: `will wait ${limitText(delayMs)} before reaching the dependency`,
    hang: 'will hang until they time out',
  };
  return capital(`${share} ${effects[kind]}`);
}

/** `when Database opens`, `when more than 90 % of the calls of Database fail`. */
export function stopText(condition: StopCondition, nameOf: (id: string) => string): string {
  if (condition.type === 'breaker_opens') return `when ${nameOf(condition.breaker)} opens`;
  if (condition.type === 'loop_delay') return `when the event-loop delay exceeds ${limitText(condition.above_ms)}`;
  return `when more than ${Math.round(condition.above * 100)} % of the calls of ${nameOf(condition.breaker)} fail`;
}

/** Injects a fault for a limited time. */
export function startDrill(
  draft: DrillDraft,
  usedBy: readonly string[],
  nameOf: (id: string) => string,
  onAccepted: () => void,
): Action {
  const { target, kind, delayMs, percent, minutes, stopConditions } = draft;
  return {
    id: `drill ${target}`,
    confirmLabel: 'Start drill',
    danger: true,
    scope: `${target}, used by ${usedBy.join(', ') || 'no pipeline'}; it ends after ${minutes} min, or ${stopConditions.map((each) => stopText(each, nameOf)).join(', or ')}`,
    consequence: `${drillSentence(draft)} People using the application now will notice.`,
    undoText: 'It ends automatically, and Stop ends it at any time. A stopped drill can’t be resumed.',
    current: 'No drill is running here',
    request: ({ reason }) => ({
      method: 'POST',
      path: 'faults',
      body: {
        target,
        kind,
        class: draft.class,
        delay_ms: delayMs,
        ratio: percent / 100,
        ttl_ms: minutes * 60_000,
        stop_conditions: stopConditions,
        reason,
      },
    }),
    progress: (report, receipt) => {
      const { id } = receipt.answer as FaultView;
      const shown = newerThan(receipt, report)?.faults.find((each) => each.id === id);
      return shown === undefined ? accepted() : done(`The drill is ${shown.state}.`);
    },
    onAccepted,
  };
}

/** Ends a drill early. */
export function stopDrill(fault: FaultView, onAccepted: () => void, hasEnded = false): Action {
  const { id, target, kind, actor, reason: why, injected, started_at: startedAt } = fault;
  return {
    id: `drill ${id} stop`,
    confirmLabel: 'Stop drill',
    scope: `The drill on ${target} (${kind}), by ${actor}: ${why}`,
    consequence: 'The fault is removed immediately.',
    undoText: 'It can’t be resumed. Start another drill.',
    current: `${injected} calls affected`,
    obsolete: hasEnded ? 'The drill has already ended.' : undefined,
    reason: 'test finished',
    renew: (report) => {
      const shown = report?.faults.find((each) => each.id === id);
      return stopDrill(shown ?? fault, onAccepted, shown === undefined && (report?.now ?? '') > startedAt);
    },
    request: ({ reason }) => ({ method: 'DELETE', path: `faults/${encodeURIComponent(id)}`, body: { reason } }),
    progress: (report, receipt) => {
      const current = newerThan(receipt, report);
      if (current === undefined) return accepted();
      const isRunning = current.faults.some((each) => each.id === id && each.state === 'running');
      return isRunning ? accepted('The drill is still running…') : done('The drill has ended.');
    },
    onAccepted,
  };
}

import type { BreakerState, TransitionView } from '../../src/contract.ts';
import { clockText } from '../words/words.ts';

/** A period in one state. */
export interface Stretch {
  readonly state: BreakerState | 'unknown';
  readonly fromMs: number;
  readonly toMs: number;
}

/** Number of transitions per breaker in the report. */
const TRANSITIONS_MAX = 20;

/**
 * The states of a breaker between two instants.
 *
 * @param transitions newest first, limited to the retained ones
 * @param state the current one
 * @param startedMs nothing is known before this
 */
export function stretchesOf(
  transitions: readonly Pick<TransitionView, 'from' | 'to' | 'at'>[],
  state: BreakerState,
  { fromMs, toMs, startedMs }: { readonly fromMs: number; readonly toMs: number; readonly startedMs: number },
): Stretch[] {
  const stretches: Stretch[] = [];
  let end = toMs;
  let current: BreakerState = state;
  for (const { from, at } of transitions) {
    const atMs = Date.parse(at);
    if (atMs < end && end > fromMs) stretches.push({ state: current, fromMs: Math.max(atMs, fromMs), toMs: end });
    end = Math.min(end, atMs);
    current = from;
    if (atMs <= fromMs) break;
  }
  if (end > fromMs) {
    // If the list is full, older transitions may be missing.
    const knownSince = transitions.length >= TRANSITIONS_MAX ? end : startedMs;
    const begin = Math.max(fromMs, Math.min(knownSince, end));
    if (end > begin) stretches.push({ state: current, fromMs: begin, toMs: end });
    if (begin > fromMs) stretches.push({ state: 'unknown', fromMs, toMs: begin });
  }
  return stretches.toReversed();
}

/** The states of a breaker over time. Each state has its own height, so that it can be read without colour. */
export function StateStrip({ stretches, label }: Readonly<{ stretches: readonly Stretch[]; label: string }>) {
  const first = stretches[0];
  const last = stretches.at(-1);
  if (first === undefined || last === undefined) return null;
  const span = last.toMs - first.fromMs;
  const x = (ms: number): number => ((ms - first.fromMs) / span) * 100;
  const blocked = stretches.filter(({ state }) => state === 'open');
  const sentence =
    blocked.length === 0
      ? `${label}: never open.`
      : `${label}: open ${blocked.length} time${blocked.length === 1 ? '' : 's'}, the last time from ${clockText(blocked.at(-1)?.fromMs ?? 0)} to ${blocked.at(-1) === last ? 'now' : clockText(blocked.at(-1)?.toMs ?? 0)}.`;
  return (
    <svg class="state-strip" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" aria-label={sentence}>
      {stretches.map(({ state, fromMs, toMs }) => {
        const height = { closed: 3, unknown: 1, 'half-open': 8, open: 12 }[state];
        return (
          <rect
            key={fromMs}
            class={`strip-${state}`}
            x={x(fromMs)}
            y={12 - height}
            // Even short periods must be visible.
            width={Math.max(0.7, x(toMs) - x(fromMs))}
            height={height}
          >
            <title>{`${state === 'unknown' ? 'not recorded' : state} ${clockText(fromMs)} to ${clockText(toMs)}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

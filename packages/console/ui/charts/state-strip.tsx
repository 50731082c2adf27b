import type { BreakerState, TransitionView } from '../../src/contract.ts';
import { clockText } from '../words/words.ts';

/** A stretch of time in one state. */
export interface Stretch {
  readonly state: BreakerState | 'unknown';
  readonly fromMs: number;
  readonly toMs: number;
}

/** So many changes of a breaker come with the overview. */
const TRANSITIONS_KEPT = 20;

/**
 * What state it was in, when, between two instants.
 *
 * @param transitions newest first, as many as are kept: what was before the oldest is its `from`
 * @param state in which it is now
 * @param startedMs before that nothing is known
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
    // With as many changes as are kept nobody knows what was before the oldest one.
    const knownSince = transitions.length >= TRANSITIONS_KEPT ? end : startedMs;
    const begin = Math.max(fromMs, Math.min(knownSince, end));
    if (end > begin) stretches.push({ state: current, fromMs: begin, toMs: end });
    if (begin > fromMs) stretches.push({ state: 'unknown', fromMs, toMs: begin });
  }
  return stretches.toReversed();
}

const words: Readonly<Record<Stretch['state'], string>> = {
  closed: 'closed',
  open: 'open',
  'half-open': 'half-open',
  unknown: 'not known any more, or not yet',
};

/** The states of a breaker over time. Each has its own height, so that it is read without colour. */
export function StateStrip({ stretches, label }: { readonly stretches: readonly Stretch[]; readonly label: string }) {
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
            // Short ones must be seen, too.
            width={Math.max(0.7, x(toMs) - x(fromMs))}
            height={height}
          >
            <title>{`${words[state]} ${clockText(fromMs)} to ${clockText(toMs)}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

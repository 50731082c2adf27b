import type { IncidentCause, TimelineEntry } from '../contract.ts';

const CAUSES_MAX = 5;
/** Anything later than this after the opening is an effect, not a cause. In milliseconds. */
const AFTER_MS = 2_000;
/** How long before the opening a failed service can be the cause, in milliseconds. */
const SERVICE_BEFORE_MS = 30_000;

/** The strongest evidence first. */
const strength: Readonly<Partial<Record<TimelineEntry['kind'], number>>> = {
  fault: 0,
  order: 1,
  service: 2,
  operation: 3,
  config: 4,
  log: 5,
  check: 6,
  error: 7,
  failure: 8,
};

/** For these kinds, the latest entry before the opening counts; for all others, the first. */
const latest = new Set<TimelineEntry['kind']>(['fault', 'order', 'operation', 'config']);

/**
 * Possible causes of an incident: one of each kind, the strongest evidence first, then the nearest in time.
 *
 * @param timeline in order
 */
export function causesOf(timeline: readonly TimelineEntry[], openedAt: number): IncidentCause[] {
  const near = timeline
    .map((entry) => ({ entry, beforeMs: openedAt - Date.parse(entry.at) }))
    .filter(({ entry, beforeMs }) => strength[entry.kind] !== undefined && beforeMs >= -AFTER_MS)
    .filter(({ entry, beforeMs }) => entry.kind !== 'service' || (isFall(entry) && beforeMs <= SERVICE_BEFORE_MS));
  const isKnown = (text: string): boolean =>
    near.some(({ entry }) => entry.kind === 'service' && reasonOf(entry) !== '' && text.includes(reasonOf(entry)));
  return near
    .filter(({ entry, beforeMs }, index) => {
      if (latest.has(entry.kind)) {
        if (beforeMs < 0) return false;
        return !near.slice(index + 1).some((later) => later.entry.kind === entry.kind && later.beforeMs >= 0);
      }
      // The log often repeats the service's reason.
      if (entry.kind === 'log') return !isKnown(entry.text);
      return !near.slice(0, index).some((earlier) => earlier.entry.kind === entry.kind);
    })
    .toSorted(
      (one, other) =>
        (strength[one.entry.kind] ?? 0) - (strength[other.entry.kind] ?? 0) ||
        Math.abs(one.beforeMs) - Math.abs(other.beforeMs),
    )
    .slice(0, CAUSES_MAX)
    .map(({ entry: { kind, text, at, correlation_id: correlation }, beforeMs }) => ({
      kind,
      text,
      at,
      before_ms: beforeMs,
      correlation_id: correlation,
    }));
}

function isFall({ text }: TimelineEntry): boolean {
  return / to (down|failed|stopped|restarting|draining|unknown)\b/.test(text);
}

/** The part in parentheses. */
function reasonOf({ text }: TimelineEntry): string {
  return /\((.*)\)$/.exec(text)?.[1] ?? '';
}

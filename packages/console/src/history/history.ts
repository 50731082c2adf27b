import { callBoundsMs, type BreakerRecord, type Measurement } from 'dualbrake/measurement';
import type { ActivityView, HistoryPoint, HistoryView } from '../contract.ts';
import type { Store } from '../store/store.ts';

/** The numbers of a point, in the order in which they are kept. */
const counters = [
  'success',
  'slow',
  'failure',
  'timeout',
  'ignored',
  'cancelled',
  'rejected_open',
  'rejected_override',
  'rejected_probe_limit',
] as const;
/** One for each bound, and one for all above. */
const BUCKETS = callBoundsMs.length + 1;
const WIDTH = counters.length + BUCKETS;

/** What is kept in memory: five minutes by the second, an hour by ten. Minutes are in the store. */
const rings = [
  { seconds: 1, slots: 300 },
  { seconds: 10, slots: 360 },
] as const;

/** Counts of spans of one length, the newest ones. */
class Ring {
  readonly seconds: number;
  readonly #slots: number;
  readonly #counts: Uint32Array;
  /** Number of the span that each slot holds; spans are counted since the epoch. */
  readonly #spans: Float64Array;

  constructor(seconds: number, slots: number) {
    this.seconds = seconds;
    this.#slots = slots;
    this.#counts = new Uint32Array(slots * WIDTH);
    this.#spans = new Float64Array(slots).fill(-1);
  }

  add(wallMs: number, delta: Uint32Array): void {
    const span = Math.floor(wallMs / 1_000 / this.seconds);
    const slot = span % this.#slots;
    const counts = this.#counts.subarray(slot * WIDTH, (slot + 1) * WIDTH);
    if (this.#spans[slot] !== span) {
      counts.fill(0);
      this.#spans[slot] = span;
    }
    for (let place = 0; place < WIDTH; place += 1) counts[place] = (counts[place] ?? 0) + (delta[place] ?? 0);
  }

  /** Spans that hold something, oldest first. */
  between(from: number, to: number): { at: number; counts: Uint32Array }[] {
    const spanMs = this.seconds * 1_000;
    const found: { at: number; counts: Uint32Array }[] = [];
    for (let span = Math.floor(from / spanMs); span <= Math.floor(to / spanMs); span += 1) {
      const slot = span % this.#slots;
      if (this.#spans[slot] === span) {
        found.push({ at: span * spanMs, counts: this.#counts.slice(slot * WIDTH, (slot + 1) * WIDTH) });
      }
    }
    return found;
  }
}

interface Kept {
  readonly rings: readonly Ring[];
  /** What had been counted when it was last looked. */
  seen: Float64Array;
  minute: number;
  readonly ofMinute: Uint32Array;
}

/** Where history is looked at. */
export interface Span {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Seconds that a point should stand for. */
  readonly step: number | undefined;
}

/** Most points of one answer. */
const POINTS_MAX = 1_500;

/**
 * Measured history in bounded rings: what the counters say is looked at once a second, and the differences are kept.
 * Nothing is paid for it during calls.
 */
export class History {
  readonly #measurement: Measurement;
  readonly #store: Store;
  readonly #breakersMax: number;
  readonly #kept = new Map<string, Kept>();
  readonly #startedAt: number;

  /** @param breakersMax how many breakers have rings in memory, some 66 kB each; the others have minutes only */
  constructor(measurement: Measurement, store: Store, startedAt: number, breakersMax = 250) {
    this.#measurement = measurement;
    this.#store = store;
    this.#startedAt = startedAt;
    this.#breakersMax = breakersMax;
  }

  /** Looks at the counters. Once a second. */
  look(now: number): void {
    const records = this.#measurement.breakers();
    for (const [id, record] of records) this.#lookAt(id, record, now);
    for (const id of this.#kept.keys()) if (!records.has(id)) this.#kept.delete(id);
  }

  /** Writes the minute that has begun, before the end. */
  finish(): void {
    for (const [id, kept] of this.#kept) this.#endMinute(id, kept);
  }

  /** @param id of a breaker; one of which nothing is known has no points */
  show(id: string, { from, to, step }: Span, now: number): HistoryView {
    const wanted = Math.max(step ?? 1, Math.ceil((to - from) / 1_000 / POINTS_MAX));
    const kept = this.#kept.get(id);
    const ring = kept?.rings.find(
      ({ seconds }, place) => seconds >= wanted && from >= now - seconds * (rings[place]?.slots ?? 0) * 1_000,
    );
    const found =
      ring?.between(from, to) ??
      this.#store
        .minutesBetween(id, Math.floor(from / 60_000), Math.floor(to / 60_000))
        .map(({ minute, counts }) => ({ at: minute * 60_000, counts }));
    if (
      ring === undefined &&
      kept !== undefined &&
      to >= kept.minute * 60_000 &&
      found.at(-1)?.at !== kept.minute * 60_000
    ) {
      found.push({ at: kept.minute * 60_000, counts: kept.ofMinute.slice() });
    }
    const seconds = ring?.seconds ?? 60;
    const resolution = Math.max(seconds, Math.ceil(wanted / seconds) * seconds);
    return {
      breaker: id,
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      resolution_s: resolution,
      partial: from < this.#startedAt && (found[0]?.at ?? Infinity) > from + seconds * 1_000,
      bounds_ms: [...callBoundsMs],
      points: together(found, resolution * 1_000).map(pointOf),
    };
  }

  /**
   * Every breaker's calls by the minute; breakers without any are left out.
   *
   * @param seconds back from now; a minute that has begun counts as the last one
   */
  activity(seconds: number, now: number): ActivityView {
    const last = Math.floor(now / 60_000);
    const length = Math.ceil(seconds / 60);
    const first = last - length + 1;
    const breakers: ActivityView['breakers'] = {};
    for (const [id, kept] of this.#kept) {
      const succeeded = Array<number>(length).fill(0);
      const failed = Array<number>(length).fill(0);
      const refused = Array<number>(length).fill(0);
      const minutes = this.#store.minutesBetween(id, first, last);
      if (minutes.at(-1)?.minute !== kept.minute) {
        minutes.push({ breaker: id, minute: kept.minute, counts: kept.ofMinute });
      }
      let any = false;
      for (const { minute, counts } of minutes) {
        const place = minute - first;
        if (place < 0 || place >= length) continue;
        const at = (name: (typeof counters)[number]): number => counts[counters.indexOf(name)] ?? 0;
        succeeded[place] = at('success') + at('slow') + at('ignored');
        failed[place] = at('failure') + at('timeout');
        refused[place] = at('rejected_open') + at('rejected_override') + at('rejected_probe_limit');
        any ||= (succeeded[place] ?? 0) + (failed[place] ?? 0) + (refused[place] ?? 0) > 0;
      }
      if (any) breakers[id] = { succeeded, failed, refused };
    }
    return {
      from: new Date(first * 60_000).toISOString(),
      to: new Date(now).toISOString(),
      step_s: 60,
      breakers,
    };
  }

  #lookAt(id: string, record: BreakerRecord, now: number): void {
    const counted = countersOf(record);
    let kept = this.#kept.get(id);
    if (kept === undefined) {
      kept = {
        rings: this.#kept.size < this.#breakersMax ? rings.map(({ seconds, slots }) => new Ring(seconds, slots)) : [],
        seen: counted,
        minute: Math.floor(now / 60_000),
        ofMinute: new Uint32Array(WIDTH),
      };
      this.#kept.set(id, kept);
      // What was counted before the first look belongs to it: measuring and looking begin together.
      kept.seen = new Float64Array(WIDTH);
    }
    const delta = new Uint32Array(WIDTH);
    let isIdle = true;
    for (let place = 0; place < WIDTH; place += 1) {
      // A breaker that was made anew under the same id begins at 0 again.
      const more = Math.max(0, (counted[place] ?? 0) - (kept.seen[place] ?? 0));
      delta[place] = more;
      if (more > 0) isIdle = false;
    }
    kept.seen = counted;
    const minute = Math.floor(now / 60_000);
    if (minute !== kept.minute) {
      this.#endMinute(id, kept);
      kept.minute = minute;
    }
    if (isIdle) return;
    for (const ring of kept.rings) ring.add(now, delta);
    for (let place = 0; place < WIDTH; place += 1) {
      kept.ofMinute[place] = (kept.ofMinute[place] ?? 0) + (delta[place] ?? 0);
    }
  }

  /** Minutes in which nothing was called are not kept. */
  #endMinute(id: string, kept: Kept): void {
    if (kept.ofMinute.some((count) => count > 0)) {
      this.#store.addMinute({ breaker: id, minute: kept.minute, counts: kept.ofMinute.slice() });
    }
    kept.ofMinute.fill(0);
  }
}

function countersOf(record: BreakerRecord): Float64Array {
  const counts = new Float64Array(WIDTH);
  for (const [place, name] of counters.entries()) counts[place] = record.calls[name];
  const below = [record.successMs.upTo(callBoundsMs), record.failureMs.upTo(callBoundsMs)];
  const all = record.successMs.count + record.failureMs.count;
  let before = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    const upTo = bucket < callBoundsMs.length ? (below[0]?.[bucket] ?? 0) + (below[1]?.[bucket] ?? 0) : all;
    counts[counters.length + bucket] = upTo - before;
    before = upTo;
  }
  return counts;
}

/** Adds up what falls into the same span. */
function together(
  points: readonly { at: number; counts: Uint32Array }[],
  spanMs: number,
): { at: number; counts: Uint32Array }[] {
  const sums = new Map<number, Uint32Array>();
  for (const { at, counts } of points) {
    const span = Math.floor(at / spanMs) * spanMs;
    const sum = sums.get(span);
    if (sum === undefined) sums.set(span, counts.slice());
    else for (let place = 0; place < WIDTH; place += 1) sum[place] = (sum[place] ?? 0) + (counts[place] ?? 0);
  }
  return [...sums].map(([at, counts]) => ({ at, counts }));
}

function pointOf({ at, counts }: { at: number; counts: Uint32Array }): HistoryPoint {
  const named = Object.fromEntries(counters.map((name, place) => [name, counts[place] ?? 0]));
  return {
    at: new Date(at).toISOString(),
    ...(named as Record<(typeof counters)[number], number>),
    durations: [...counts.subarray(counters.length)],
  };
}

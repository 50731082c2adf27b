import { callBoundsMs, type BreakerRecord } from 'dualbrake/measurement';
import { callCounts } from '../contract/breakers.ts';
import type { ActivityView, HistoryView } from '../contract.ts';
import type { Core } from '../control/core.ts';
import { isoOf } from '../wall-time.ts';

/** The counters of a point, in the order in which they are stored. */
const counters = Object.keys(callCounts) as (keyof typeof callCounts)[];
/** One per bound, and one for all above. */
const BUCKETS = callBoundsMs.length + 1;
const WIDTH = counters.length + BUCKETS;

/** Kept in memory: five minutes by the second, an hour by ten seconds. Minutes are in the store. */
const rings = [
  { seconds: 1, slots: 300 },
  { seconds: 10, slots: 360 },
] as const;

/** Counters of one span of time, which starts at `at`. */
interface Point {
  readonly at: number;
  readonly counts: Uint32Array;
}

/** The most recent spans of one length. */
class Ring {
  readonly seconds: number;
  readonly #slots: number;
  readonly #counts: Uint32Array;
  /** The span in each slot, numbered since the epoch. */
  readonly #spans: Float64Array;

  constructor(seconds: number, slots: number) {
    this.seconds = seconds;
    this.#slots = slots;
    this.#counts = new Uint32Array(slots * WIDTH);
    this.#spans = new Float64Array(slots).fill(-1);
  }

  get lengthMs(): number {
    return this.seconds * this.#slots * 1_000;
  }

  add(wallMs: number, delta: Uint32Array): void {
    const span = Math.floor(wallMs / 1_000 / this.seconds);
    const slot = span % this.#slots;
    const counts = this.#counts.subarray(slot * WIDTH, (slot + 1) * WIDTH);
    if (this.#spans[slot] !== span) counts.fill(0);
    this.#spans[slot] = span;
    addTo(counts, delta);
  }

  /** Spans with calls, oldest first. */
  between(from: number, to: number): Point[] {
    const spanMs = this.seconds * 1_000;
    const found: Point[] = [];
    for (let span = Math.floor(from / spanMs); span <= Math.floor(to / spanMs); span += 1) {
      const slot = span % this.#slots;
      if (this.#spans[slot] !== span) continue;
      found.push({ at: span * spanMs, counts: this.#counts.slice(slot * WIDTH, (slot + 1) * WIDTH) });
    }
    return found;
  }
}

interface Kept {
  readonly rings: readonly Ring[];
  /** The record's counters at the last tick. */
  seen: Float64Array;
  minute: number;
  readonly ofMinute: Uint32Array;
}

/** A requested part of the history. */
interface Span {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Seconds per point. */
  readonly step: number | undefined;
}

/** Breakers with rings in memory, some 66 kB each; all others have minutes only. */
const BREAKERS_MAX = 250;
/** Limit on the points of one response. */
const POINTS_MAX = 1_500;

/** Call history in bounded rings. Reads the counters once a second and keeps the differences; calls have no extra cost. */
export class History {
  readonly #core: Core;
  readonly #kept = new Map<string, Kept>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Reads the counters. Runs every second. */
  tick(now: number): void {
    const records = this.#core.measurement.breakers();
    for (const [id, record] of records) this.#read(id, record, now);
    for (const id of this.#kept.keys()) if (!records.has(id)) this.#kept.delete(id);
  }

  /** Writes the unfinished minute before the end. */
  finish(): void {
    for (const [id, kept] of this.#kept) this.#endMinute(id, kept);
  }

  /** @param id of a breaker; an unknown one has no points */
  show(id: string, { from, to, step }: Span, now: number): HistoryView {
    const wanted = Math.max(step ?? 1, Math.ceil((to - from) / 1_000 / POINTS_MAX));
    const ring = this.#kept.get(id)?.rings.find((each) => each.seconds >= wanted && from >= now - each.lengthMs);
    const found = ring?.between(from, to) ?? this.#minutes(id, Math.floor(from / 60_000), Math.floor(to / 60_000));
    const seconds = ring?.seconds ?? 60;
    const resolution = Math.max(seconds, Math.ceil(wanted / seconds) * seconds);
    return {
      breaker: id,
      from: isoOf(from),
      to: isoOf(to),
      resolution_s: resolution,
      partial: from < this.#core.startedAt && (found[0]?.at ?? Infinity) > from + seconds * 1_000,
      bounds_ms: [...callBoundsMs],
      points: merged(found, resolution * 1_000).map(({ at, counts }) => ({
        at: isoOf(at),
        ...namedCounts(counts),
        durations: [...counts.subarray(counters.length)],
      })),
    };
  }

  /**
   * Calls of every breaker by the minute. Breakers without calls are omitted.
   *
   * @param seconds back from now; the current minute is the last one
   */
  activity(seconds: number, now: number): ActivityView {
    const last = Math.floor(now / 60_000);
    const length = Math.ceil(seconds / 60);
    const first = last - length + 1;
    const breakers: ActivityView['breakers'] = {};
    for (const id of this.#kept.keys()) {
      const minutes = this.#minutes(id, first, last);
      const named = new Map(minutes.map(({ at, counts }) => [at / 60_000 - first, namedCounts(counts)]));
      const sumOf = (...names: (typeof counters)[number][]): number[] =>
        Array.from({ length }, (_, index) => names.reduce((sum, name) => sum + (named.get(index)?.[name] ?? 0), 0));
      const succeeded = sumOf('success', 'slow', 'ignored');
      const failed = sumOf('failure', 'timeout');
      const refused = sumOf('rejected_open', 'rejected_override', 'rejected_probe_limit');
      if ([succeeded, failed, refused].some((list) => list.some((count) => count > 0)))
        breakers[id] = { succeeded, failed, refused };
    }
    return { from: isoOf(first * 60_000), to: isoOf(now), step_s: 60, breakers };
  }

  /** Minutes from the store, and the current one. @param from minutes since the epoch */
  #minutes(id: string, from: number, to: number): Point[] {
    const kept = this.#core.store.minutesBetween(id, from, to);
    const points = kept.map(({ minute, counts }) => ({ at: minute * 60_000, counts }));
    const { minute, ofMinute } = this.#kept.get(id) ?? {};
    if (minute === undefined || ofMinute === undefined || minute < from || minute > to) return points;
    return points.at(-1)?.at === minute * 60_000
      ? points
      : [...points, { at: minute * 60_000, counts: ofMinute.slice() }];
  }

  #read(id: string, record: BreakerRecord, now: number): void {
    const counted = countersOf(record);
    const minute = Math.floor(now / 60_000);
    const kept: Kept = this.#kept.get(id) ?? {
      rings: this.#kept.size < BREAKERS_MAX ? rings.map(({ seconds, slots }) => new Ring(seconds, slots)) : [],
      // Measuring starts together with the ticks, so the first tick's counts belong to it.
      seen: new Float64Array(WIDTH),
      minute,
      ofMinute: new Uint32Array(WIDTH),
    };
    this.#kept.set(id, kept);
    // Not below 0: the counters of a breaker that was replaced under the same ID start again.
    const delta = Uint32Array.from(counted, (count, index) => Math.max(0, count - (kept.seen[index] ?? 0)));
    kept.seen = counted;
    if (minute !== kept.minute) this.#endMinute(id, kept);
    kept.minute = minute;
    if (delta.every((count) => count === 0)) return;
    for (const ring of kept.rings) ring.add(now, delta);
    addTo(kept.ofMinute, delta);
  }

  /** Minutes without calls are not stored. */
  #endMinute(id: string, kept: Kept): void {
    if (kept.ofMinute.some((count) => count > 0)) {
      this.#core.store.addMinute({ breaker: id, minute: kept.minute, counts: kept.ofMinute.slice() });
    }
    kept.ofMinute.fill(0);
  }
}

function countersOf({ calls, successMs, failureMs }: BreakerRecord): Float64Array {
  const counts = new Float64Array(WIDTH);
  counts.set(counters.map((name) => calls[name]));
  const [successes, failures] = [successMs.upTo(callBoundsMs), failureMs.upTo(callBoundsMs)];
  let below = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    const isLast = bucket === callBoundsMs.length;
    const upTo = isLast ? successMs.count + failureMs.count : (successes[bucket] ?? 0) + (failures[bucket] ?? 0);
    counts[counters.length + bucket] = upTo - below;
    below = upTo;
  }
  return counts;
}

function addTo(sum: Uint32Array, more: Uint32Array): void {
  for (const [index, count] of more.entries()) sum[index] = (sum[index] ?? 0) + count;
}

/** Adds up points of the same span. */
function merged(points: readonly Point[], spanMs: number): Point[] {
  const sums = new Map<number, Uint32Array>();
  for (const { at, counts } of points) {
    const span = Math.floor(at / spanMs) * spanMs;
    const sum = sums.get(span);
    if (sum === undefined) sums.set(span, counts.slice());
    else addTo(sum, counts);
  }
  return [...sums].map(([at, counts]) => ({ at, counts }));
}

function namedCounts(counts: Uint32Array): Record<(typeof counters)[number], number> {
  const entries = counters.map((name, index) => [name, counts[index] ?? 0]);
  return Object.fromEntries(entries) as Record<(typeof counters)[number], number>;
}

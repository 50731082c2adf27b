import type { Funnel, Measurement, RetryRecord } from 'dualbrake/measurement';
import type { FunnelView } from '../contract.ts';

/** A funnel is remembered so often, in milliseconds, */
const EVERY_MS = 10_000;
/** and for so long. */
const KEPT_MS = 60 * 60_000;

interface Remembered {
  readonly at: number;
  readonly funnel: Funnel;
}

type Row = Funnel['rows'][number];

/** What retries had counted at moments of the last hour, so that a funnel of any part of it can be told. */
export class Funnels {
  readonly #measurement: Measurement;
  readonly #startedAt: number;
  readonly #remembered = new Map<string, Remembered[]>();

  constructor(measurement: Measurement, startedAt: number) {
    this.#measurement = measurement;
    this.#startedAt = startedAt;
  }

  /** Once a second; remembers when it is time. */
  look(now: number): void {
    const records = this.#measurement.retries();
    for (const [id, record] of records) {
      const list = this.#remembered.get(id) ?? [];
      this.#remembered.set(id, list);
      if (now - (list.at(-1)?.at ?? -Infinity) < EVERY_MS) continue;
      list.push({ at: now, funnel: record.funnel });
      while ((list[0]?.at ?? now) < now - KEPT_MS - EVERY_MS) list.shift();
    }
    for (const id of this.#remembered.keys()) if (!records.has(id)) this.#remembered.delete(id);
  }

  /** @param windowMs back from now; left out: since measuring began */
  show(id: string, record: RetryRecord, windowMs: number | undefined, now: number): FunnelView {
    const list = this.#remembered.get(id) ?? [];
    const start = windowMs === undefined ? undefined : list.findLast(({ at }) => at <= now - windowMs);
    const since = start?.at ?? this.#startedAt;
    return {
      policy: id,
      since: new Date(since).toISOString(),
      to: new Date(now).toISOString(),
      partial: windowMs !== undefined && start === undefined && this.#startedAt > now - windowMs,
      ...difference(record.funnel, start?.funnel),
    };
  }
}

function difference(now: Funnel, before: Funnel | undefined): Omit<FunnelView, 'policy' | 'since' | 'to' | 'partial'> {
  const operations = now.operations - (before?.operations ?? 0);
  const attempts = now.attempts - (before?.attempts ?? 0);
  const endings = Object.fromEntries(
    Object.entries(now.endings).map(([ending, count]) => [
      ending,
      count - (before?.endings[ending as keyof Funnel['endings']] ?? 0),
    ]),
  );
  return {
    operations,
    in_flight: now.inFlight,
    in_flight_before: before?.inFlight ?? 0,
    endings: endings as FunnelView['endings'],
    rows: now.rows.map((row, place) => rowView(row, before?.rows[place])),
    attempts,
    amplification: operations === 0 ? null : attempts / operations,
    wasted_ms: now.wastedMs - (before?.wastedMs ?? 0),
  };
}

function rowView(row: Row, before: Row | undefined): FunnelView['rows'][number] {
  const more = (field: Exclude<keyof Row, 'attempt'>): number => row[field] - (before?.[field] ?? 0);
  return {
    attempt: row.attempt,
    started: more('started'),
    running: row.running,
    succeeded: more('succeeded'),
    not_retryable: more('notRetryable'),
    abandoned: more('abandoned'),
    retryable: more('retryable'),
    continued: more('continued'),
    waiting: row.waiting,
    left_waiting: more('leftWaiting'),
    exhausted: more('exhausted'),
    denied_budget: more('deniedBudget'),
    denied_deadline: more('deniedDeadline'),
    denied_breaker: more('deniedBreaker'),
    running_before: before?.running ?? 0,
    waiting_before: before?.waiting ?? 0,
  };
}

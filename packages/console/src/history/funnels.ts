import type { Funnel, RetryRecord } from 'dualbrake/measurement';
import type { FunnelView } from '../contract.ts';
import type { Core } from '../control/core.ts';
import { snakeCased } from '../views/snake-case.ts';
import { isoOf } from '../wall-time.ts';

const SNAPSHOT_EVERY_MS = 10_000;
const KEPT_MS = 60 * 60_000;

interface Snapshot {
  readonly at: number;
  readonly funnel: Funnel;
}

/** Snapshots of the retries' counters over the last hour, for the funnel of any part of it. */
export class Funnels {
  readonly #core: Core;
  readonly #snapshots = new Map<string, Snapshot[]>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Runs every second. */
  tick(now: number): void {
    const records = this.#core.measurement.retries();
    for (const [id, record] of records) {
      const list = this.#snapshots.get(id) ?? [];
      this.#snapshots.set(id, list);
      if (now - (list.at(-1)?.at ?? -Infinity) < SNAPSHOT_EVERY_MS) continue;
      list.push({ at: now, funnel: record.funnel });
      while ((list[0]?.at ?? now) < now - KEPT_MS - SNAPSHOT_EVERY_MS) list.shift();
    }
    for (const id of this.#snapshots.keys()) if (!records.has(id)) this.#snapshots.delete(id);
  }

  /** @param windowMs back from now; `undefined`: since measuring began */
  show(id: string, record: RetryRecord, windowMs: number | undefined, now: number): FunnelView {
    const list = this.#snapshots.get(id) ?? [];
    const start = windowMs === undefined ? undefined : list.findLast(({ at }) => at <= now - windowMs);
    return {
      policy: id,
      since: isoOf(start?.at ?? this.#core.startedAt),
      to: isoOf(now),
      partial: windowMs !== undefined && start === undefined && this.#core.startedAt > now - windowMs,
      ...difference(record.funnel, start?.funnel),
    };
  }
}

function difference(now: Funnel, before: Funnel | undefined): Omit<FunnelView, 'policy' | 'since' | 'to' | 'partial'> {
  const totals = { operations: now.operations, attempts: now.attempts, wastedMs: now.wastedMs };
  const { operations, attempts, wastedMs } = minus(totals, before);
  return {
    operations,
    in_flight: now.inFlight,
    in_flight_before: before?.inFlight ?? 0,
    endings: minus(now.endings, before?.endings),
    rows: now.rows.map(({ attempt, running, waiting, ...counters }, index) => ({
      attempt,
      ...snakeCased(minus(counters, before?.rows[index])),
      running,
      waiting,
      running_before: before?.rows[index]?.running ?? 0,
      waiting_before: before?.rows[index]?.waiting ?? 0,
    })),
    attempts,
    amplification: operations === 0 ? null : attempts / operations,
    wasted_ms: wastedMs,
  };
}

function minus<N extends string>(
  now: Readonly<Record<N, number>>,
  before: Readonly<Record<NoInfer<N>, number>> | undefined,
): Record<N, number> {
  const names = Object.keys(now) as N[];
  return Object.fromEntries(names.map((name) => [name, now[name] - (before?.[name] ?? 0)])) as Record<N, number>;
}

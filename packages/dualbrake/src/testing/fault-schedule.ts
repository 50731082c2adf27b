import type { Clock } from '../clock.ts';
import { chanceOf } from '../user-function.ts';
import { refusedConnection } from './flaky.ts';

/**
 * One period in which the simulated dependency misbehaves.
 *
 * @example
 * ```ts
 * const outage: Fault = { fromMs: 10_000, toMs: 40_000, fault: 'refuse' };
 * const readStudent = faultSchedule([outage]).operation(new ManualClock(), 'Ana Costa');
 * ```
 */
export interface Fault {
  /** Milliseconds since the start of the schedule, inclusive. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /**
   * `refuse` rejects at once with a refused connection; `error` rejects after the usual latency; `hang` never settles;
   * `slow` adds `delayMs` to the latency.
   */
  readonly fault: 'refuse' | 'error' | 'hang' | 'slow';
  /** What `error` and `refuse` throw. Default: a 503 for `error`, `ECONNREFUSED` for `refuse`. */
  readonly error?: Error;
  /** Extra latency of `slow`, in milliseconds. Default 1,000. */
  readonly delayMs?: number;
  /** Share of calls affected, 0 to 1. Default 1. */
  readonly ratio?: number;
}

/**
 * How an operation behaves outside of its faults.
 *
 * @example
 * ```ts
 * const options: ScheduledOptions = { latencyMs: 20, random: seededRandom(7) };
 * const readStudent = faultSchedule([]).operation(new ManualClock(), 'Ana Costa', options);
 * ```
 */
export interface ScheduledOptions {
  /** Latency of each call, in milliseconds. Default 0. */
  readonly latencyMs?: number;
  /** Decides which calls a fault with a `ratio` affects; returns a number in [0, 1). Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Faults over time: "down from 10 s to 40 s, then slow".
 *
 * @example
 * ```ts
 * const clock = new ManualClock();
 * const schedule = new FaultSchedule([{ fromMs: 10_000, toMs: 40_000, fault: 'refuse' }]);
 * await timeout({ limitMs: 500, clock }).execute(schedule.operation(clock, 'Ana Costa'));
 * ```
 */
export class FaultSchedule {
  /** Sorted by `fromMs`. */
  readonly faults: readonly Fault[];

  /** @throws RangeError when a fault ends before it begins, or when two overlap */
  constructor(faults: readonly Fault[]) {
    const sorted = faults.toSorted((one, other) => one.fromMs - other.fromMs);
    for (const [place, { fromMs, toMs }] of sorted.entries()) {
      const next = sorted[place + 1];
      if (!(toMs > fromMs)) throw new RangeError(`A fault must end after it begins, got ${fromMs} to ${toMs} ms.`);
      if (next !== undefined && next.fromMs < toMs)
        throw new RangeError(`Two faults overlap: one until ${toMs} ms, one from ${next.fromMs} ms.`);
    }
    this.faults = sorted;
  }

  /** The fault in effect at a time, if any. @param ms milliseconds since the start of the schedule */
  at(ms: number): Fault | undefined {
    return this.faults.find(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);
  }

  /**
   * An operation that follows the schedule, starting now. It rejects with the signal's reason when the signal aborts.
   *
   * @param answer what each call outside of a fault returns
   */
  operation<T>(
    clock: Clock,
    answer: T,
    { latencyMs = 0, random = Math.random }: ScheduledOptions = {},
  ): (context: { readonly signal: AbortSignal }) => Promise<T> {
    const startedAt = clock.now();
    return ({ signal }) =>
      new Promise<T>((resolve, reject) => {
        const found = this.at(clock.now() - startedAt);
        const fault =
          found !== undefined && (found.ratio === undefined || chanceOf(random) < found.ratio) ? found : undefined;
        if (fault?.fault === 'refuse') {
          reject(fault.error ?? refusedConnection());
          return;
        }
        const leave = (): void => {
          cancel?.();
          // The caller's reason is thrown on as it is, whatever it may be.
          reject(signal.reason as Error);
        };
        const end = (): void => {
          signal.removeEventListener('abort', leave);
          if (fault?.fault === 'error') reject(fault.error ?? unavailable());
          else resolve(answer);
        };
        const delayMs = latencyMs + (fault?.fault === 'slow' ? (fault.delayMs ?? 1_000) : 0);
        const cancel = fault?.fault === 'hang' ? undefined : clock.after(delayMs, end);
        if (signal.aborted) leave();
        else signal.addEventListener('abort', leave, { once: true });
      });
  }
}

/**
 * Faults over time, as `new FaultSchedule(faults)`.
 *
 * @throws RangeError when a fault ends before it begins, or when two overlap
 * @example
 * ```ts
 * const clock = new ManualClock();
 * const schedule = faultSchedule([
 *   { fromMs: 10_000, toMs: 40_000, fault: 'refuse' },
 *   { fromMs: 40_000, toMs: 60_000, fault: 'slow', delayMs: 800 },
 * ]);
 * const readStudent = schedule.operation(clock, 'Ana Costa', { latencyMs: 20 });
 * ```
 */
export function faultSchedule(faults: readonly Fault[]): FaultSchedule {
  return new FaultSchedule(faults);
}

/** An error as HTTP clients throw it for a 503. */
export function unavailable(): Error {
  return Object.assign(new Error('Service Unavailable'), { status: 503 });
}

import type { Clock } from '../clock.ts';
import { refusedConnection } from './flaky.ts';

/** What is wrong during a time. */
export interface Fault {
  /** Milliseconds since the start of the schedule, inclusive. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /**
   * `refuse`: fails at once, the connection is refused. `error`: fails after the usual time. `hang`: never answers.
   * `slow`: answers after `delayMs` more.
   */
  readonly fault: 'refuse' | 'error' | 'hang' | 'slow';
  /** For `error`; default a 503. For `refuse`; default a refused connection. */
  readonly error?: Error;
  /** For `slow`, in milliseconds. Default 1,000. */
  readonly delayMs?: number;
  /** Share of calls that it befalls, 0 to 1. Default 1. */
  readonly ratio?: number;
}

/** How an operation behaves when nothing is wrong. */
export interface ScheduledOptions {
  /** Milliseconds that an answer takes. Default 0. */
  readonly latencyMs?: number;
  /** For faults that befall only a share of calls. Default: `Math.random`. */
  readonly random?: () => number;
}

/** Faults by time: "down from 10 s to 40 s, then slow". */
export class FaultSchedule {
  readonly faults: readonly Fault[];

  /** @throws RangeError when a fault ends before it begins, or two overlap */
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

  /** What is wrong at a time, if anything. */
  at(ms: number): Fault | undefined {
    return this.faults.find(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);
  }

  /** An operation that behaves so from now on, on a clock. It lets go when its signal aborts. */
  operation<T>(
    clock: Clock,
    answer: T,
    { latencyMs = 0, random = Math.random }: ScheduledOptions = {},
  ): (context: { readonly signal: AbortSignal }) => Promise<T> {
    const startedAt = clock.now();
    return ({ signal }) =>
      new Promise<T>((resolve, reject) => {
        const found = this.at(clock.now() - startedAt);
        const fault = found !== undefined && (found.ratio === undefined || random() < found.ratio) ? found : undefined;
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

/** @throws RangeError when a fault ends before it begins, or two overlap */
export function faultSchedule(faults: readonly Fault[]): FaultSchedule {
  return new FaultSchedule(faults);
}

/** What a server says that cannot answer now. */
export function unavailable(): Error {
  return Object.assign(new Error('Service Unavailable'), { status: 503 });
}

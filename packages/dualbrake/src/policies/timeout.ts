import type { Call, CallContext, Next, Operation } from '../call.ts';
import { CallTimeoutError } from '../errors.ts';
import type { Host, HostOptions } from '../host.ts';
import type { Outcome } from '../pipeline.ts';
import type { Policy } from '../policy.ts';
import { checkOptions, Settings } from '../settings.ts';
import type { ReportValue } from '../steerable.ts';
import { Alone } from './alone.ts';

/** How long a call may take. */
export interface TimeoutOptions extends HostOptions {
  /** Shown to people and on metrics. Default `timeout`. */
  readonly name?: string;
  /** Milliseconds; more than 0. */
  readonly limitMs: number;
}

const spec = {
  limitMs: { min: Number.MIN_VALUE, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 30_000 },
} as const;

/**
 * Ends a call that takes too long. The caller gets `CallTimeoutError` at the limit, also when the operation ignores its
 * signal; what the operation answers later is dropped.
 */
export class Timeout implements Policy {
  readonly name: string;
  readonly kind = 'timeout';
  readonly settings: Settings<typeof spec>;
  readonly #alone: Alone;
  readonly #counts = { calls: 0, timeouts: 0 };

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: TimeoutOptions) {
    const subject = `timeout "${typeof options?.name === 'string' ? options.name : 'timeout'}"`;
    const others = { name: 'string', clock: 'clock', random: 'function', onEvent: 'function' } as const;
    checkOptions(subject, options, spec, others);
    // Asked for here and not in the type alone: a limit that nobody chose would be a surprise in the middle of a night.
    if (options.limitMs === undefined) checkOptions(subject, { limitMs: Number.NaN }, spec, others);
    this.name = options.name ?? 'timeout';
    this.settings = new Settings(subject, spec, { ...options });
    this.#alone = new Alone(this, options);
  }

  /** @throws CallTimeoutError at the limit; the operation's own error as it is */
  execute<T>(operation: Operation<T>, context?: Partial<CallContext>): Promise<T> {
    return this.#alone.execute(operation, context);
  }

  /** The same as `execute`, but never throws. */
  executeOutcome<T>(operation: Operation<T>, context?: Partial<CallContext>): Promise<Outcome<T>> {
    return this.#alone.executeOutcome(operation, context);
  }

  attach(host: Host): void {
    this.#alone.attach(host);
  }

  run<T>(call: Call<T>, next: Next<T>): Promise<T> {
    const { clock } = call.host;
    const now = clock.now();
    const limitMs = Math.min(this.settings.values.limitMs, call.deadline - now);
    this.#counts.calls += 1;
    return new Promise<T>((resolve, reject) => {
      const lazySignal = call.lazySignal.derive();
      const expire = (): void => {
        const error = new CallTimeoutError(limitMs);
        this.#counts.timeouts += 1;
        reject(error); // before abort(): the caller gets our error, not the operation's answer to it
        lazySignal.abort(error);
        if (call.listening) call.emit(this.name, { type: 'timeout', limitMs });
      };
      const cancel = clock.after(limitMs, expire);
      const settle = (): void => {
        cancel();
        lazySignal.release();
      };
      const fail = (error: unknown): void => {
        settle();
        reject(error);
      };
      try {
        next(call.withLimit(lazySignal, now + limitMs)).then((value) => {
          settle();
          resolve(value);
        }, fail);
      } catch (error) {
        // Only a custom policy that is no async function comes here.
        fail(error);
      }
    });
  }

  report(): Readonly<Record<string, ReportValue>> {
    return { ...this.#counts };
  }
}

/** A limit on how long each call may take. */
export function timeout(options: TimeoutOptions): Timeout {
  return new Timeout(options);
}

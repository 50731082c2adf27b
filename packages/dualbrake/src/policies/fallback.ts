import type { Call, CallContext, Next, Operation } from '../call.ts';
import type { Classification, Classifier } from '../classification.ts';
import { classify } from '../classify/classify.ts';
import { FallbackFailedError } from '../errors.ts';
import type { Host, HostOptions } from '../host.ts';
import type { Outcome } from '../execution.ts';
import type { Policy } from '../policy.ts';
import { checkOptions } from '../settings.ts';
import type { ReportValue } from '../steerable.ts';
import { Alone } from './alone.ts';

/** What answers when the call fails. */
export interface FallbackOptions<F> extends HostOptions {
  /** Shown to people and on metrics. Default `fallback`. */
  readonly name?: string;
  /** The value, or a function that makes it from the error. */
  readonly to: F | ((error: unknown, context: CallContext) => F | PromiseLike<F>);
  /**
   * Which failures it answers for. Default: those of class `transient`, `system` and `refused`. A persistent error is an
   * answer, and a caller who has left needs none.
   */
  readonly when?: (classification: Classification, error: unknown) => boolean;
  /** Default `classify`. */
  readonly classify?: Classifier;
}

/** Answers in place of a call that failed. */
export class Fallback<F> implements Policy<F> {
  readonly name: string;
  readonly kind = 'fallback';
  /** For the compiler only, never set. */
  declare readonly $fallback?: F;
  readonly #to: FallbackOptions<F>['to'];
  readonly #when: (classification: Classification, error: unknown) => boolean;
  readonly #classify: Classifier;
  readonly #alone: Alone<F>;
  readonly #counts = { calls: 0, fallbacks: 0, failed: 0 };

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: FallbackOptions<F>) {
    const subject = `fallback "${typeof options?.name === 'string' ? options.name : 'fallback'}"`;
    checkOptions(
      subject,
      options,
      {},
      {
        name: 'string',
        to: 'anything',
        when: 'function',
        classify: 'function',
        clock: 'clock',
        random: 'function',
        onEvent: 'function',
      },
    );
    this.name = options.name ?? 'fallback';
    this.#to = options.to;
    this.#when = options.when ?? isUnavailable;
    this.#classify = options.classify ?? classify;
    this.#alone = new Alone<F>(this, options);
  }

  /** @throws the operation's own error when the fallback is not for it; FallbackFailedError when both fail */
  execute<T>(operation: Operation<T>, context?: Partial<CallContext>): Promise<T | F> {
    return this.#alone.execute(operation, context);
  }

  /** The same as `execute`, but never throws. */
  executeOutcome<T>(operation: Operation<T>, context?: Partial<CallContext>): Promise<Outcome<T | F>> {
    return this.#alone.executeOutcome(operation, context);
  }

  attach(host: Host): void {
    this.#alone.attach(host);
  }

  async run<T>(call: Call<T>, next: Next<T>): Promise<T | F> {
    this.#counts.calls += 1;
    try {
      return await next(call);
    } catch (error) {
      const found = this.#classify(error, call.classifyContext());
      if (call.aborted || found.class === 'cancelled' || !this.#when(found, error)) throw error;
      const value = await this.#answer(error, call);
      this.#counts.fallbacks += 1;
      if (call.trace !== undefined) call.trace.fromFallback = true;
      if (call.listening) call.emit(this.name, { type: 'fallback', error, classification: found });
      return value;
    }
  }

  report(): Readonly<Record<string, ReportValue>> {
    return { ...this.#counts };
  }

  async #answer(primary: unknown, call: CallContext): Promise<F> {
    const to = this.#to;
    if (!isFunction(to)) return to;
    try {
      return await to(primary, call);
    } catch (error) {
      this.#counts.failed += 1;
      // A fallback that throws the error on has nothing to answer; that is not a second failure.
      throw error === primary ? primary : new FallbackFailedError(primary, error);
    }
  }
}

/** An answer for failed calls; its type appears in the pipeline's result. */
export function fallback<F>(options: FallbackOptions<F>): Fallback<F> {
  return new Fallback(options);
}

function isUnavailable({ class: kind }: Classification): boolean {
  return kind === 'transient' || kind === 'system' || kind === 'refused';
}

function isFunction<F>(
  to: FallbackOptions<F>['to'],
): to is (error: unknown, context: CallContext) => F | PromiseLike<F> {
  return typeof to === 'function';
}

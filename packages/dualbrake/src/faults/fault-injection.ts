import type { Call, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import { sleep } from '../clock.ts';
import { brandError } from '../brand.ts';
import { InvalidSettingsError, RecoveryError } from '../errors.ts';
import { start, type Outcome } from '../execution.ts';
import { hostOptions, type Host, type HostOptions } from '../host.ts';
import type { Policy } from '../policy.ts';
import type { FaultInjectionReport } from '../reports.ts';
import { checkOptions, numberIssues, unknownNames } from '../settings.ts';
import type { Control } from '../steerable.ts';
import type { StreamOperation } from '../stream.ts';
import { Standalone } from '../policies/standalone.ts';

/**
 * A fault to inject: what goes wrong, for which share of calls, and for how long.
 *
 * @example
 * ```ts
 * const outage: Fault = { kind: 'error', class: 'system', forMs: 60_000 };
 * faultInjection().start(outage);
 * ```
 */
export interface Fault {
  /** `error` fails each call at once; `delay` postpones it; `hang` never answers. */
  readonly kind: 'error' | 'delay' | 'hang';
  /** The class that an `error` is classified as. Default `system`. */
  readonly class?: 'transient' | 'persistent' | 'system';
  /** Length of a `delay`, in milliseconds; more than 0 and at most 60,000. Default 1,000. */
  readonly delayMs?: number;
  /** Share of calls affected; more than 0 and at most 1. Default 1. */
  readonly ratio?: number;
  /** How long the fault lasts, in milliseconds; more than 0 and at most 15 minutes. */
  readonly forMs: number;
}

/**
 * A fault that is being injected now.
 *
 * @example
 * ```ts
 * const fault: ActiveFault | undefined = faultInjection().active;
 * if (fault !== undefined) log.info(`${fault.injected} calls have failed on purpose`);
 * ```
 */
export interface ActiveFault extends Required<Fault> {
  /** When it started, as a clock reading in milliseconds. */
  readonly since: number;
  /** When it ends, as a clock reading in milliseconds. */
  readonly endsAt: number;
  /** Calls affected so far. */
  readonly injected: number;
}

/** The active fault while it is counted. */
interface RunningFault extends Omit<ActiveFault, 'injected'> {
  injected: number;
  readonly ended: AbortController;
}

/**
 * Options of a fault injection.
 *
 * @example
 * ```ts
 * const options: FaultInjectionOptions = { name: 'drill' };
 * pipeline('students', [retry(), faultInjection(options)]);
 * ```
 */
export interface FaultInjectionOptions extends HostOptions {
  /** Shown in reports and metrics. Default `faults`. */
  readonly name?: string;
}

const numbers = {
  delayMs: { min: Number.MIN_VALUE, max: 60_000, unit: 'ms', default: 1_000 },
  ratio: { min: Number.MIN_VALUE, max: 1, unit: 'ratio', default: 1 },
  forMs: { min: Number.MIN_VALUE, max: 15 * 60_000, unit: 'ms', default: 60_000 },
} as const;

const kinds = ['error', 'delay', 'hang'] as const;
const classes = ['transient', 'persistent', 'system'] as const;

/**
 * The call failed on purpose, in a drill. `classify` gives it the class that the fault names.
 *
 * @example
 * ```ts
 * const error = new InjectedFaultError('transient');
 * log.info(error.code); // 'INJECTED_TRANSIENT'
 * ```
 */
export class InjectedFaultError extends RecoveryError {
  static {
    brandError(this, 'InjectedFaultError');
  }

  declare readonly name: 'InjectedFaultError';
  readonly code: 'INJECTED_TRANSIENT' | 'INJECTED_PERSISTENT' | 'INJECTED_SYSTEM';

  constructor(faultClass: Required<Fault>['class']) {
    super('This call failed on purpose: a drill is running.');
    this.code = `INJECTED_${faultClass.toUpperCase() as Uppercase<typeof faultClass>}`;
  }
}

/**
 * Makes calls fail on purpose, to check that the policies around it respond as intended. List it last, in place of the dependency,
 * and only where you want drills: a pipeline without it cannot be made to fail.
 *
 * Every fault ends by itself, even if nobody stops it.
 *
 * @example
 * ```ts
 * const drill = new FaultInjection();
 * const students = pipeline('students', [circuitBreaker(), timeout({ limitMs: 500 }), drill]);
 * drill.start({ kind: 'hang', forMs: 30_000 });
 * await students.execute(() => database.getStudent(id)).catch(log.warn);
 * drill.stop();
 * ```
 */
export class FaultInjection implements Policy {
  readonly name: string;
  readonly kind = 'fault-injection';
  readonly #standalone: Standalone;
  #fault: RunningFault | undefined;
  /** Calls affected by all faults so far, by kind. */
  readonly #injected: Record<Fault['kind'], number> = { error: 0, delay: 0, hang: 0 };

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: FaultInjectionOptions = {}) {
    const others = { name: 'string', ...hostOptions } as const;
    checkOptions('fault injection', options, {}, others);
    this.name = options.name ?? 'faults';
    this.#standalone = new Standalone(this, options);
  }

  /** The fault that is being injected, if any. */
  get active(): ActiveFault | undefined {
    const fault = this.#current(this.#standalone.host.clock.now());
    if (fault === undefined) return undefined;
    const { ended: _, ...facts } = fault;
    return facts;
  }

  /** Calls affected by all faults so far. */
  get injected(): number {
    return this.#injected.error + this.#injected.delay + this.#injected.hang;
  }

  /**
   * Starts a fault, and replaces the one that is active.
   *
   * @throws InvalidSettingsError with every problem at once
   */
  start(fault: Fault): void {
    const checked = checkFault(fault);
    this.stop();
    const since = this.#standalone.host.clock.now();
    this.#fault = { ...checked, since, endsAt: since + checked.forMs, injected: 0, ended: new AbortController() };
  }

  /** Ends the active fault. Calls that hang fail now. */
  stop(): void {
    this.#fault?.ended.abort();
    this.#fault = undefined;
  }

  get controls(): Readonly<Record<string, Control>> {
    return {
      stop: ({ now }) => {
        const fault = this.#current(now);
        if (fault === undefined) return undefined;
        this.stop();
        return { what: 'fault', from: fault.kind, to: 'none' };
      },
    };
  }

  /** @throws InjectedFaultError while a fault is active; otherwise the operation's own error, unchanged */
  execute<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<T> {
    return this.#standalone.execute(operation, options);
  }

  /** The same as `execute`, but never throws. */
  executeOutcome<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<Outcome<T>> {
    return this.#standalone.executeOutcome(operation, options);
  }

  /** The same for an operation that answers item by item: faults meet its beginning. @see Pipeline.executeStream */
  executeStream<T>(
    operation: StreamOperation<T>,
    options?: CallOptions | AbortSignal,
  ): AsyncGenerator<T, void, undefined> {
    return this.#standalone.executeStream(operation, options);
  }

  attach(host: Host): void {
    this.#standalone.attach(host);
  }

  link(next: Next<unknown>): Next<unknown> {
    return (call) => this.run(call, next);
  }

  run<T>(call: Call<T>, next: Next<T>): Promise<T> {
    if (this.#fault === undefined) return start(call, next);
    const fault = this.#current(call.host.clock.now());
    if (fault === undefined || call.host.random() >= fault.ratio) return start(call, next);
    fault.injected += 1;
    this.#injected[fault.kind] += 1;
    return this.#injure(fault, call, next);
  }

  /** State and counts as plain JSON. @param now reading of its clock; default: what the clock shows now */
  report(now: number = this.#standalone.host.clock.now()): FaultInjectionReport {
    const fault = this.#current(now);
    return {
      state: fault === undefined ? 'idle' : 'injecting',
      injected: { ...this.#injected },
      fault: fault && {
        kind: fault.kind,
        class: fault.class,
        delayMs: fault.delayMs,
        ratio: fault.ratio,
        endsInMs: fault.endsAt - now,
        injected: fault.injected,
      },
    };
  }

  async #injure<T>(fault: RunningFault, call: Call<T>, next: Next<T>): Promise<T> {
    if (fault.kind === 'error') throw new InjectedFaultError(fault.class);
    const { clock } = call.host;
    if (fault.kind === 'delay') {
      await sleep(clock, fault.delayMs, call);
      return next(call);
    }
    // Hangs until the caller gives up or the drill ends.
    const left = new AbortController();
    const signal = AbortSignal.any([call.signal, left.signal, fault.ended.signal]);
    const cancel = clock.after(fault.endsAt - clock.now(), () => left.abort(), { background: true });
    try {
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
    } finally {
      cancel();
    }
    if (call.aborted) throw call.abortReason;
    throw new InjectedFaultError('transient');
  }

  /** The active fault. Ends it when its time is over. */
  #current(now: number): RunningFault | undefined {
    if (this.#fault !== undefined && now >= this.#fault.endsAt) this.stop();
    return this.#fault;
  }
}

/**
 * Makes calls fail on purpose, as `new FaultInjection(options)`.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const drill = faultInjection();
 * const students = pipeline('students', [retry(), timeout({ limitMs: 500 }), drill]);
 * drill.start({ kind: 'delay', delayMs: 800, ratio: 0.5, forMs: 60_000 });
 * ```
 */
export function faultInjection(options?: FaultInjectionOptions): FaultInjection {
  return new FaultInjection(options);
}

function checkFault(fault: Fault): Required<Fault> {
  const given = Object(fault) as Partial<Fault>;
  const issues = [
    ...unknownNames(Object.keys(given), ['kind', 'class', ...Object.keys(numbers)]),
    ...(kinds.some((kind) => kind === given.kind) ? [] : [`kind must be ${kinds.join(', ')}`]),
    ...(given.class === undefined || classes.some((one) => one === given.class)
      ? []
      : [`class must be ${classes.join(', ')}`]),
    ...(given.forMs === undefined ? ['forMs is missing: every fault has an end'] : []),
    ...numberIssues(numbers, { ...given }),
  ];
  if (issues.length > 0) throw new InvalidSettingsError('fault', issues);
  return {
    kind: fault.kind,
    class: fault.class ?? 'system',
    delayMs: fault.delayMs ?? numbers.delayMs.default,
    ratio: fault.ratio ?? numbers.ratio.default,
    forMs: fault.forMs,
  };
}

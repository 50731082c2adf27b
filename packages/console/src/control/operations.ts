import { Histogram, type Clock, type RecoverableService } from 'dualbrake';
import type { OperationView } from '../contract.ts';
import { notFound, Problem } from '../http/problem.ts';
import { redactText } from '../logs/redact.ts';
import { ActionFailedError, type ConsoleService, type ConsoleUser, type ServiceAction } from '../options.ts';
import { newId } from '../store/store.ts';

/** How many operations can be looked up. */
const KEPT = 200;
/** Steps of one operation that are kept. */
const STEPS_MAX = 100;

/** Who wants what done, and why. */
export interface OperationOrder {
  readonly service: ConsoleService;
  readonly action: string;
  readonly user: ConsoleUser;
  readonly reason: string;
  /** State of the service when it was ordered. */
  readonly from: string;
}

/** What actions of one kind came to, since the start. */
export interface ActionCount {
  readonly service: string;
  readonly action: string;
  readonly trigger: 'automatic' | 'operator';
  readonly outcome: 'applied' | 'failed' | 'expired';
  /** How long they took; their number is its count. */
  readonly durations: Histogram;
}

/** How long the last automatic check of a service took, and when it ended. */
export interface CheckFact {
  readonly service: string;
  readonly durationMs: number;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

/** Hears of operations. None of these may throw. */
export interface OperationListener {
  /** It was ordered, runs, has done a step, or has ended. */
  changed(operation: OperationView, order: OperationOrder): void;
  /** What the action threw; may hold secrets. */
  failed(error: unknown): void;
}

/**
 * Actions on services, from order to outcome. One at a time for each service, whoever wants it: automatic recovery and
 * operators share the lock, and what an operator has begun is not disturbed.
 */
export class Operations {
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #instance: string;
  readonly #listener: OperationListener;
  readonly #closing = new AbortController();
  readonly #all = new Map<string, OperationView>();
  readonly #last = new Map<string, OperationView>();
  readonly #endedAt = new Map<string, number>();
  /** Services that automatic recovery is at work on. */
  readonly #recovering = new Set<string>();
  readonly #counts = new Map<string, ActionCount>();
  readonly #checks = new Map<string, CheckFact>();

  /** @param now milliseconds since the epoch */
  constructor(clock: Clock, now: () => number, instance: string, listener: OperationListener) {
    this.#clock = clock;
    this.#now = now;
    this.#instance = instance;
    this.#listener = listener;
  }

  /** Asks what runs to stop. */
  close(): void {
    this.#closing.abort(new ActionFailedError('The console was closed before it finished.'));
  }

  /** @throws Problem 404 when there is none */
  find(id: string): OperationView {
    const found = this.#all.get(id);
    if (found === undefined) throw notFound('such operation');
    return found;
  }

  /** The operation on a service that runs, or ran last. */
  last(serviceId: string): OperationView | undefined {
    return this.#last.get(serviceId);
  }

  isRecovering(serviceId: string): boolean {
    return this.#recovering.has(serviceId);
  }

  /** Until when an action is not taken again, milliseconds since the epoch; nothing when it is. */
  coolingUntil(serviceId: string, name: string, { coolDownMs }: ServiceAction): number | undefined {
    const leftMs = (this.#endedAt.get(`${serviceId} ${name}`) ?? -Infinity) + coolDownMs - this.#clock.now();
    return leftMs > 0 ? this.#now() + leftMs : undefined;
  }

  /**
   * The same service for `AutoRecovery`, under the lock that operators' actions take: while one of these runs, nothing
   * is recovered, and while it recovers, no action begins.
   */
  guard(serviceId: string, service: RecoverableService): RecoverableService {
    const isBusy = (): boolean => this.#last.get(serviceId)?.ended_at === null;
    return {
      ...(service.name === undefined ? {} : { name: service.name }),
      isHealthy: async (signal) => {
        const startedAt = this.#clock.now();
        try {
          return await service.isHealthy(signal);
        } finally {
          const durationMs = this.#clock.now() - startedAt;
          this.#checks.set(serviceId, { service: serviceId, durationMs, endedAt: this.#now() });
        }
      },
      needsRecovery: () => !isBusy() && (service.needsRecovery?.() ?? true),
      reset: async () => {
        // An operator may have begun while the service was being asked.
        if (isBusy()) return;
        this.#recovering.add(serviceId);
        const startedAt = this.#clock.now();
        const kind = { service: serviceId, action: 'recover', trigger: 'automatic' } as const;
        try {
          await service.reset();
          this.#count({ ...kind, outcome: 'applied' }, startedAt);
        } catch (error) {
          this.#count({ ...kind, outcome: 'failed' }, startedAt);
          throw error;
        } finally {
          this.#recovering.delete(serviceId);
        }
      },
    };
  }

  /** Of the services that automatic recovery has asked. */
  get checks(): readonly CheckFact[] {
    return [...this.#checks.values()];
  }

  /** Of all that have ended, in the order of their first. */
  get counts(): readonly ActionCount[] {
    return [...this.#counts.values()];
  }

  /** @throws Problem 404 or 409: no such action, another one runs, or it was done a moment ago */
  check({ service, action: name }: Pick<OperationOrder, 'service' | 'action'>): ServiceAction {
    const action = Object.hasOwn(service.actions, name) ? service.actions[name] : undefined;
    if (action === undefined) throw notFound(`action "${name}" of ${service.name}`);
    const running = this.#last.get(service.id);
    if (running !== undefined && running.ended_at === null) {
      throw new Problem(
        'operation-running',
        'Already running',
        `${running.action} of ${service.name} is running. Wait until it ends.`,
        { more: { operation: running } },
      );
    }
    if (this.#recovering.has(service.id)) {
      throw new Problem(
        'operation-running',
        'Already running',
        `Automatic recovery is running on ${service.name}. Wait until it ends.`,
      );
    }
    const until = this.coolingUntil(service.id, name, action);
    if (until !== undefined) {
      const seconds = String(Math.ceil((until - this.#now()) / 1_000));
      throw new Problem(
        'cooling-down',
        'Too soon',
        `${name} of ${service.name} ran a moment ago. Try again in ${seconds} s.`,
        { headers: { 'retry-after': seconds } },
      );
    }
    return action;
  }

  /**
   * Begins an action and does not wait for it.
   *
   * @throws Problem 404 or 409, see `check`
   */
  begin(order: OperationOrder): OperationView {
    const action = this.check(order);
    const { service, user, reason } = order;
    const operation: OperationView = {
      id: newId(),
      service: service.id,
      action: order.action,
      state: 'requested',
      requested_at: this.#instant(),
      ended_at: null,
      actor: user.name,
      reason,
      steps: [],
      message: null,
      acknowledgements: [],
    };
    this.#keep(operation, order);
    void this.#run(operation, order, action);
    return operation;
  }

  /** Never rejects. */
  async #run(operation: OperationView, order: OperationOrder, action: ServiceAction): Promise<void> {
    const { reason, service, user } = order;
    const startedAt = this.#clock.now();
    const late = new AbortController();
    const signal = AbortSignal.any([late.signal, this.#closing.signal]);
    const stopped = Promise.withResolvers<never>();
    const stop = (): void => stopped.reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    let isLate = false;
    const expire = (): void => {
      isLate = true;
      late.abort(new ActionFailedError(`It took longer than ${Math.round(action.timeLimitMs / 1_000)} s.`));
    };
    const cancel = this.#clock.after(action.timeLimitMs, expire, { background: true });
    let current: OperationView = { ...operation, state: 'applying' };
    const step = (text: string): void => {
      // A step of an action that has been given up says nothing any more.
      if (current.ended_at !== null || current.steps.length >= STEPS_MAX) return;
      current = { ...current, steps: [...current.steps, { at: this.#instant(), text: redactText(text) }] };
      this.#keep(current, order);
    };
    const end = (state: 'applied' | 'failed' | 'expired', message: string): void => {
      this.#endedAt.set(`${operation.service} ${operation.action}`, this.#clock.now());
      this.#count(
        { service: operation.service, action: operation.action, trigger: 'operator', outcome: state },
        startedAt,
      );
      const ok = state === 'applied';
      const acknowledgement = {
        instance: this.#instance,
        ok,
        ms: Math.round(this.#clock.now() - startedAt),
        error: ok ? null : message,
      };
      current = { ...current, state, message, ended_at: this.#instant(), acknowledgements: [acknowledgement] };
      this.#keep(current, order);
    };
    this.#keep(current, order);
    try {
      const context = { signal, reason, actor: user.name, step };
      const message = await Promise.race([stopped.promise, (async () => action.run(context))()]);
      end('applied', message ?? `${operation.action} of ${service.name} is done.`);
    } catch (error) {
      this.#listener.failed(error);
      // The message of a foreign error may hold secrets, also of one with a code; the log has it.
      const known = error instanceof ActionFailedError;
      const message = known
        ? error.message
        : `${operation.action} of ${service.name} failed. See the log for the reason.`;
      end(isLate ? 'expired' : 'failed', message);
    } finally {
      cancel();
      signal.removeEventListener('abort', stop);
    }
  }

  /** Actions are declared in code, so their names are a bounded set. */
  #count(kind: Omit<ActionCount, 'durations'>, startedAt: number): void {
    const key = Object.values(kind).join('\n');
    const known = this.#counts.get(key) ?? { ...kind, durations: new Histogram() };
    known.durations.record(this.#clock.now() - startedAt);
    this.#counts.set(key, known);
  }

  #keep(operation: OperationView, order: OperationOrder): void {
    this.#all.set(operation.id, operation);
    this.#last.set(operation.service, operation);
    if (this.#all.size > KEPT) this.#all.delete(this.#all.keys().next().value ?? '');
    this.#listener.changed(operation, order);
  }

  #instant(): string {
    return new Date(this.#now()).toISOString();
  }
}

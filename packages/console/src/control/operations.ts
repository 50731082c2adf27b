import { Histogram, type Clock, type RecoverableService } from 'dualbrake';
import type { OperationView } from '../contract.ts';
import { redactText } from '../logs/redact.ts';
import { ActionFailedError, type ConsoleService, type ConsoleUser, type ServiceAction } from '../options.ts';
import { newId } from '../store/store.ts';
import { Problem, notFound } from '../problem.ts';

/** Operations that are kept for lookups. */
const KEPT = 200;
/** Steps of one operation that are kept. */
const STEPS_MAX = 100;

/** An action on a service that a user requested. */
export interface OperationRequest {
  readonly service: ConsoleService;
  readonly action: string;
  readonly user: ConsoleUser;
  readonly reason: string;
  /** State of the service at the time of the request. */
  readonly from: string;
}

/** Outcomes of one kind of action since the start. */
export interface ActionCount {
  readonly service: string;
  readonly action: string;
  readonly trigger: 'automatic' | 'operator';
  readonly outcome: 'applied' | 'failed' | 'expired';
  /** Durations; its count is the number of actions. */
  readonly durations: Histogram;
}

/** The last automatic health check of a service. */
export interface CheckFact {
  readonly service: string;
  readonly durationMs: number;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

/** Notified of operations. None of these may throw. */
export interface OperationListener {
  /** After the request, the start, each step and the end. */
  changed(operation: OperationView, request: OperationRequest): void;
  /** @param error from the action; may contain secrets */
  failed(error: unknown): void;
}

/**
 * Actions on services, from the request to the outcome. Each service has one lock for operators' actions and automatic
 * recovery.
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
  /** Services with a running automatic recovery. */
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

  /** Aborts running actions. */
  close(): void {
    this.#closing.abort(new ActionFailedError('The console was closed before it finished.'));
  }

  /** @throws Problem not-found */
  find(id: string): OperationView {
    const found = this.#all.get(id);
    if (found === undefined) throw notFound('such operation');
    return found;
  }

  /** The running operation of a service, or the last one. */
  last(serviceId: string): OperationView | undefined {
    return this.#last.get(serviceId);
  }

  isRecovering(serviceId: string): boolean {
    return this.#recovering.has(serviceId);
  }

  /** When the cool-down of an action ends, milliseconds since the epoch. Undefined: it is over. */
  coolingUntil(serviceId: string, name: string, { coolDownMs }: ServiceAction): number | undefined {
    const leftMs = (this.#endedAt.get(`${serviceId} ${name}`) ?? -Infinity) + coolDownMs - this.#clock.now();
    return leftMs > 0 ? this.#now() + leftMs : undefined;
  }

  /** Wraps a service for `AutoRecovery`, so that recovery and operators' actions exclude each other. */
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
        // An operator's action may have begun during the health check.
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

  /** Of the services that automatic recovery has checked. */
  get checks(): readonly CheckFact[] {
    return [...this.#checks.values()];
  }

  get counts(): readonly ActionCount[] {
    return [...this.#counts.values()];
  }

  /** @throws Problem not-found, operation-running, cooling-down */
  check({ service, action: name }: Pick<OperationRequest, 'service' | 'action'>): ServiceAction {
    const action = Object.hasOwn(service.actions, name) ? service.actions[name] : undefined;
    if (action === undefined) throw notFound(`action "${name}" of ${service.name}`);
    const running = this.#last.get(service.id);
    if (running?.ended_at === null) {
      throw alreadyRunning(`${running.action} of ${service.name} is running.`, { operation: running });
    }
    if (this.#recovering.has(service.id)) throw alreadyRunning(`Automatic recovery is running on ${service.name}.`);
    const until = this.coolingUntil(service.id, name, action);
    if (until !== undefined) {
      const retryAfterSeconds = Math.ceil((until - this.#now()) / 1_000);
      const message = `${name} of ${service.name} ran a moment ago. Try again in ${retryAfterSeconds} s.`;
      throw new Problem('cooling-down', 'Too soon', message, { retryAfterSeconds });
    }
    return action;
  }

  /**
   * Begins an action without waiting for it.
   *
   * @param onEnded called once, with the outcome
   * @throws Problem like `check`
   */
  begin(request: OperationRequest, onEnded: (operation: OperationView) => void): OperationView {
    const action = this.check(request);
    const { service, user, reason } = request;
    const operation: OperationView = {
      id: newId(),
      service: service.id,
      action: request.action,
      state: 'requested',
      requested_at: this.#instant(),
      ended_at: null,
      actor: user.name,
      reason,
      steps: [],
      message: null,
      acknowledgements: [],
    };
    this.#keep(operation, request);
    void this.#run(operation, request, action, onEnded);
    return operation;
  }

  /** Never rejects. */
  async #run(
    operation: OperationView,
    request: OperationRequest,
    action: ServiceAction,
    onEnded: (operation: OperationView) => void,
  ): Promise<void> {
    const { reason, service, user } = request;
    const startedAt = this.#clock.now();
    const late = new AbortController();
    const signal = AbortSignal.any([late.signal, this.#closing.signal]);
    const stopped = Promise.withResolvers<never>();
    const stop = (): void => stopped.reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const expire = (): void =>
      late.abort(new ActionFailedError(`It took longer than ${Math.round(action.timeLimitMs / 1_000)} s.`));
    const cancel = this.#clock.after(action.timeLimitMs, expire, { background: true });
    let current: OperationView = { ...operation, state: 'applying' };
    const step = (text: string): void => {
      if (current.ended_at !== null || current.steps.length >= STEPS_MAX) return;
      current = { ...current, steps: [...current.steps, { at: this.#instant(), text: redactText(text) }] };
      this.#keep(current, request);
    };
    const end = (state: 'applied' | 'failed' | 'expired', message: string): void => {
      this.#endedAt.set(`${operation.service} ${operation.action}`, this.#clock.now());
      const kind = { service: operation.service, action: operation.action, trigger: 'operator' } as const;
      this.#count({ ...kind, outcome: state }, startedAt);
      const ok = state === 'applied';
      const ms = Math.round(this.#clock.now() - startedAt);
      const acknowledgement = { instance: this.#instance, ok, ms, error: ok ? null : message };
      current = { ...current, state, message, ended_at: this.#instant(), acknowledgements: [acknowledgement] };
      onEnded(current);
      this.#keep(current, request);
    };
    this.#keep(current, request);
    try {
      const context = { signal, reason, actor: user.name, step };
      const message = await Promise.race([stopped.promise, (async () => action.run(context))()]);
      end('applied', message ?? `${operation.action} of ${service.name} is done.`);
    } catch (error) {
      this.#listener.failed(error);
      // Messages of other errors can contain secrets.
      const message =
        error instanceof ActionFailedError
          ? error.message
          : `${operation.action} of ${service.name} failed. See the log for the reason.`;
      end(late.signal.aborted ? 'expired' : 'failed', message);
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

  #keep(operation: OperationView, request: OperationRequest): void {
    this.#all.set(operation.id, operation);
    this.#last.set(operation.service, operation);
    if (this.#all.size > KEPT) this.#all.delete(this.#all.keys().next().value ?? '');
    this.#listener.changed(operation, request);
  }

  #instant(): string {
    return new Date(this.#now()).toISOString();
  }
}

function alreadyRunning(message: string, facts: Readonly<Record<string, unknown>> = {}): Problem {
  return new Problem('operation-running', 'Already running', `${message} Wait until it ends.`, { facts });
}

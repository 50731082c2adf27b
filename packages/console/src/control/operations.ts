import { Histogram, type RecoverableService } from 'dualbrake';
import type { OperationView } from '../contract.ts';
import { redactText } from '../logs/redact.ts';
import { ActionFailedError, type ConsoleService, type ServiceAction } from '../options.ts';
import { notFound, Problem } from '../problem.ts';
import { newId } from '../store/store.ts';
import type { ActionRequest } from './audited-actions.ts';
import type { Core } from './core.ts';

/** Operations that are kept for lookups. */
const KEPT = 200;
/** Steps of one operation that are kept. */
const STEPS_MAX = 100;

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

/**
 * Actions on services, from the request to the outcome. Each service has one lock for operators' actions and automatic
 * recovery.
 */
export class Operations {
  readonly #core: Core;
  readonly #stateOf: (service: ConsoleService) => string;
  readonly #closing = new AbortController();
  readonly #all = new Map<string, OperationView>();
  readonly #last = new Map<string, OperationView>();
  readonly #endedAt = new Map<string, number>();
  /** Services with a running automatic recovery. */
  readonly #recovering = new Set<string>();
  readonly #counts = new Map<string, ActionCount>();
  readonly #checks = new Map<string, CheckFact>();

  constructor(core: Core, stateOf: (service: ConsoleService) => string) {
    this.#core = core;
    this.#stateOf = stateOf;
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
    const { clock, time } = this.#core;
    const leftMs = (this.#endedAt.get(`${serviceId} ${name}`) ?? -Infinity) + coolDownMs - clock.now();
    return leftMs > 0 ? time.now() + leftMs : undefined;
  }

  /** Wraps a service for `AutoRecovery`, so that recovery and operators' actions exclude each other. */
  guard(serviceId: string, service: RecoverableService): RecoverableService {
    const { clock, time } = this.#core;
    const isBusy = (): boolean => this.#last.get(serviceId)?.ended_at === null;
    return {
      ...(service.name === undefined ? {} : { name: service.name }),
      isHealthy: async (signal) => {
        const startedAt = clock.now();
        try {
          return await service.isHealthy(signal);
        } finally {
          const durationMs = clock.now() - startedAt;
          this.#checks.set(serviceId, { service: serviceId, durationMs, endedAt: time.now() });
        }
      },
      needsRecovery: () => !isBusy() && (service.needsRecovery?.() ?? true),
      reset: async () => {
        // An operator's action may have begun during the health check.
        if (isBusy()) return;
        this.#recovering.add(serviceId);
        const startedAt = clock.now();
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

  /**
   * Begins an action without waiting for it.
   *
   * @throws Problem not-found, operation-running, cooling-down, audit-unavailable
   */
  begin(request: ActionRequest, service: ConsoleService, name: string, reason: string): OperationView {
    const { audited, log, time } = this.#core;
    const { user } = request;
    const from = this.#stateOf(service);
    const entry = { actor: user.id, target: service.id, action: name, reason, from };
    let action: ServiceAction;
    try {
      action = this.#check(service, name);
    } catch (error) {
      log({ event: 'console.denied', message: error instanceof Error ? error.message : '', ...entry });
      throw error;
    }
    const target = { type: 'service', id: service.id };
    const conclude = audited.begin(request, { action: `service.${name}`, target, reason, before: { state: from } });
    const operation: OperationView = {
      id: newId(),
      service: service.id,
      action: name,
      state: 'requested',
      requested_at: time.nowIso(),
      ended_at: null,
      actor: user.name,
      reason,
      steps: [],
      message: null,
      acknowledgements: [],
    };
    this.#keep(operation);
    void this.#run(operation, service, action, (ended) => {
      const { id, message, state } = ended;
      const isDone = state === 'applied';
      const to = this.#stateOf(service);
      conclude(isDone ? 'applied' : 'failed', { operation: id, message, state: to });
      const event = isDone ? 'console.operation.succeeded' : 'console.operation.failed';
      log({ event, message: message ?? '', ...entry, to });
    });
    log({ event: 'console.action', message: `${name} of ${service.name} was requested`, ...entry });
    audited.remember(request, operation);
    return operation;
  }

  #check(service: ConsoleService, name: string): ServiceAction {
    const action = Object.hasOwn(service.actions, name) ? service.actions[name] : undefined;
    if (action === undefined) throw notFound(`action "${name}" of ${service.name}`);
    const running = this.#last.get(service.id);
    if (running?.ended_at === null) {
      throw alreadyRunning(`${running.action} of ${service.name} is running.`, { operation: running });
    }
    if (this.#recovering.has(service.id)) throw alreadyRunning(`Automatic recovery is running on ${service.name}.`);
    const until = this.coolingUntil(service.id, name, action);
    if (until !== undefined) {
      const retryAfterSeconds = Math.ceil((until - this.#core.time.now()) / 1_000);
      const message = `${name} of ${service.name} ran a moment ago. Try again in ${retryAfterSeconds} s.`;
      throw new Problem('cooling-down', 'Too soon', message, { retryAfterSeconds });
    }
    return action;
  }

  /** Never rejects. @param onEnded called once, with the outcome */
  async #run(
    operation: OperationView,
    { name: serviceName }: ConsoleService,
    action: ServiceAction,
    onEnded: (operation: OperationView) => void,
  ): Promise<void> {
    const { clock, feed, instanceId, onError, time } = this.#core;
    const { service, action: name, reason, actor } = operation;
    const startedAt = clock.now();
    const late = new AbortController();
    const signal = AbortSignal.any([late.signal, this.#closing.signal]);
    const stopped = Promise.withResolvers<never>();
    const stop = (): void => stopped.reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const expire = (): void =>
      late.abort(new ActionFailedError(`It took longer than ${Math.round(action.timeLimitMs / 1_000)} s.`));
    const cancel = clock.after(action.timeLimitMs, expire, { background: true });
    let current: OperationView = { ...operation, state: 'applying' };
    const step = (text: string): void => {
      if (current.ended_at !== null || current.steps.length >= STEPS_MAX) return;
      current = { ...current, steps: [...current.steps, { at: time.nowIso(), text: redactText(text) }] };
      this.#keep(current);
    };
    const end = (state: 'applied' | 'failed' | 'expired', message: string): void => {
      const at = time.nowIso();
      const ok = state === 'applied';
      this.#endedAt.set(`${service} ${name}`, clock.now());
      this.#count({ service, action: name, trigger: 'operator', outcome: state }, startedAt);
      const ms = Math.round(clock.now() - startedAt);
      const acknowledgement = { instance: instanceId, ok, ms, error: ok ? null : message };
      current = { ...current, state, message, ended_at: at, acknowledgements: [acknowledgement] };
      onEnded(current);
      this.#keep(current);
      const what = `${name} ${ok ? 'succeeded' : 'failed'}`;
      const change = { at, target: service, target_name: serviceName, what, why: message, actor };
      feed.record({ kind: 'operation', ...change }, current);
    };
    this.#keep(current);
    try {
      const message = await Promise.race([
        stopped.promise,
        (async () => action.run({ signal, reason, actor, step }))(),
      ]);
      end('applied', message ?? `${name} of ${serviceName} is done.`);
    } catch (error) {
      onError(error);
      // Messages of other errors can contain secrets.
      const isSafe = error instanceof ActionFailedError;
      const message = isSafe ? error.message : `${name} of ${serviceName} failed. See the log for the reason.`;
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
    known.durations.record(this.#core.clock.now() - startedAt);
    this.#counts.set(key, known);
  }

  #keep(operation: OperationView): void {
    this.#all.set(operation.id, operation);
    this.#last.set(operation.service, operation);
    if (this.#all.size > KEPT) this.#all.delete(this.#all.keys().next().value ?? '');
    if (operation.ended_at === null) this.#core.feed.publish({ kind: 'operation', operation });
  }
}

function alreadyRunning(message: string, facts: Readonly<Record<string, unknown>> = {}): Problem {
  return new Problem('operation-running', 'Already running', `${message} Wait until it ends.`, { facts });
}

import { randomUUID } from 'node:crypto';
import type { Clock } from 'dualbrake';
import type { OperationView } from '../contract.ts';
import { ActionFailedError, type ConsoleService, type ConsoleUser, type ServiceAction } from '../options.ts';
import { notFound, Problem } from '../problem.ts';

/** How many operations can be looked up. */
const KEPT = 200;

/** Who wants what done, and why. */
export interface OperationOrder {
  readonly service: ConsoleService;
  readonly action: string;
  readonly user: ConsoleUser;
  readonly reason: string;
  /** State of the service when it was ordered. */
  readonly from: string;
}

/** Hears of operations. None of these may throw. */
export interface OperationListener {
  /** It was ordered, runs, or has ended. */
  changed(operation: OperationView, order: OperationOrder): void;
  /** What the action threw; may hold secrets. */
  failed(error: unknown): void;
}

/** Actions on services, from order to outcome. One at a time for each service. */
export class Operations {
  readonly #clock: Clock;
  readonly #now: () => string;
  readonly #listener: OperationListener;
  readonly #closing = new AbortController();
  readonly #all = new Map<string, OperationView>();
  readonly #last = new Map<string, OperationView>();
  readonly #endedAt = new Map<string, number>();

  constructor(clock: Clock, now: () => string, listener: OperationListener) {
    this.#clock = clock;
    this.#now = now;
    this.#listener = listener;
  }

  /** Asks what runs to stop. */
  close(): void {
    this.#closing.abort(new ActionFailedError('The console was closed before it ended.'));
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

  /**
   * Begins an action and does not wait for it.
   *
   * @throws Problem 409 while another one runs, or right after one
   */
  begin(order: OperationOrder): OperationView {
    const { service, action: name, user, reason } = order;
    const action = Object.hasOwn(service.actions, name) ? service.actions[name] : undefined;
    if (action === undefined) throw notFound(`action "${name}" of ${service.name}`);
    const running = this.#last.get(service.id);
    if (running !== undefined && running.ended_at === null) {
      throw new Problem(
        409,
        'operation-running',
        'Already running',
        `${running.action} of ${service.name} is running; wait for its end.`,
      );
    }
    const leftMs = (this.#endedAt.get(`${service.id} ${name}`) ?? -Infinity) + action.coolDownMs - this.#clock.now();
    if (leftMs > 0) {
      const seconds = String(Math.ceil(leftMs / 1_000));
      throw new Problem(
        409,
        'cooling-down',
        'Too soon',
        `${service.name} had this done a moment ago; try again in ${seconds} s.`,
        {
          headers: { 'retry-after': seconds },
        },
      );
    }
    const operation: OperationView = {
      id: randomUUID(),
      service: service.id,
      action: name,
      state: 'requested',
      requested_at: this.#now(),
      ended_at: null,
      actor: user.name,
      reason,
      message: null,
    };
    this.#keep(operation, order);
    void this.#run(operation, order, action);
    return operation;
  }

  /** Never rejects. */
  async #run(operation: OperationView, order: OperationOrder, action: ServiceAction): Promise<void> {
    const { reason, service, user } = order;
    const late = new AbortController();
    const signal = AbortSignal.any([late.signal, this.#closing.signal]);
    const stopped = Promise.withResolvers<never>();
    const stop = (): void => stopped.reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const cancel = this.#clock.after(
      action.timeLimitMs,
      () => late.abort(new ActionFailedError(`It took longer than ${Math.round(action.timeLimitMs / 1_000)} s.`)),
      { background: true },
    );
    const end = (state: 'succeeded' | 'failed', message: string): void => {
      this.#endedAt.set(`${operation.service} ${operation.action}`, this.#clock.now());
      this.#keep({ ...operation, state, message, ended_at: this.#now() }, order);
    };
    this.#keep({ ...operation, state: 'running' }, order);
    try {
      const message = await Promise.race([stopped.promise, (async () => action.run(signal, reason, user.name))()]);
      end('succeeded', message ?? `${operation.action} of ${service.name} is done.`);
    } catch (error) {
      this.#listener.failed(error);
      // The message of a foreign error may hold secrets, also of one with a code; the log has it.
      const known = error instanceof ActionFailedError;
      end('failed', known ? error.message : `${operation.action} of ${service.name} failed; the log says why.`);
    } finally {
      cancel();
      signal.removeEventListener('abort', stop);
    }
  }

  #keep(operation: OperationView, order: OperationOrder): void {
    this.#all.set(operation.id, operation);
    this.#last.set(operation.service, operation);
    if (this.#all.size > KEPT) this.#all.delete(this.#all.keys().next().value ?? '');
    this.#listener.changed(operation, order);
  }
}

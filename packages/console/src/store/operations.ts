import { randomUUID } from 'node:crypto';
import type { Clock } from 'dualbrake';
import type { OperationView } from '../contract.ts';
import type { ConsoleService } from '../options.ts';
import { notFound, Problem } from '../problem.ts';

/** How many operations can be looked up. */
const KEPT = 200;

/** Who wants what done, and why. */
export interface OperationOrder {
  readonly service: ConsoleService;
  readonly action: string;
  readonly actor: string;
  readonly reason: string;
}

/** Actions on services, from order to outcome. One at a time for each service. */
export class Operations {
  readonly #clock: Clock;
  readonly #now: () => string;
  readonly #onChange: (operation: OperationView) => void;
  readonly #all = new Map<string, OperationView>();
  readonly #last = new Map<string, OperationView>();
  readonly #endedAt = new Map<string, number>();

  constructor(clock: Clock, now: () => string, onChange: (operation: OperationView) => void) {
    this.#clock = clock;
    this.#now = now;
    this.#onChange = onChange;
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
  begin({ service, action: name, actor, reason }: OperationOrder): OperationView {
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
      actor,
      reason,
      message: null,
    };
    this.#keep(operation);
    void this.#run(operation, service, action);
    return operation;
  }

  /** Never rejects. */
  async #run(
    operation: OperationView,
    service: ConsoleService,
    action: ConsoleService['actions'][string],
  ): Promise<void> {
    const controller = new AbortController();
    const limit = Promise.withResolvers<never>();
    const cancel = this.#clock.after(
      action.timeLimitMs,
      () => {
        const error = new Error(`It took longer than ${Math.round(action.timeLimitMs / 1_000)} s.`);
        limit.reject(error);
        controller.abort(error);
      },
      { background: true },
    );
    this.#keep({ ...operation, state: 'running' });
    try {
      const message = await Promise.race([action.run(controller.signal, operation.reason), limit.promise]);
      this.#end(operation, 'succeeded', message ?? `${operation.action} of ${service.name} is done.`);
    } catch (error) {
      // The message of a foreign error may hold secrets; the log of the service has it.
      const known = error instanceof Error && (controller.signal.aborted || 'code' in error);
      this.#end(
        operation,
        'failed',
        known ? error.message : `${operation.action} of ${service.name} failed; the log says why.`,
      );
    } finally {
      cancel();
      this.#endedAt.set(`${operation.service} ${operation.action}`, this.#clock.now());
    }
  }

  #end(operation: OperationView, state: 'succeeded' | 'failed', message: string): void {
    this.#keep({ ...operation, state, message, ended_at: this.#now() });
  }

  #keep(operation: OperationView): void {
    this.#all.set(operation.id, operation);
    this.#last.set(operation.service, operation);
    if (this.#all.size > KEPT) this.#all.delete(this.#all.keys().next().value ?? '');
    this.#onChange(operation);
  }
}

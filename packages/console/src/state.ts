import type { Registry, RecoveryEvent } from 'dualbrake';
import type { ChangeView, OperationView, ReportView, ServiceView } from './contract.ts';
import type { ConsoleLogEntry, ConsoleOptions, ConsoleService, ConsoleUser } from './options.ts';
import { notFound } from './problem.ts';
import { ChangeRing } from './store/change-ring.ts';
import { IdempotencyKeys } from './store/idempotency.ts';
import { Operations, type OperationOrder } from './store/operations.ts';
import {
  breakerView,
  byUrgency,
  listMembers,
  retryView,
  serviceFacts,
  verdictOf,
  type InstantBefore,
  type Listed,
} from './views.ts';

/** What streams hear. */
export type Heard =
  | { readonly kind: 'change'; readonly change: ChangeView }
  | { readonly kind: 'operation'; readonly operation: OperationView }
  | { readonly kind: 'facts' };

/** How many changes a report shows. */
const CHANGES_SHOWN = 100;

/** Everything that the console knows: the registry's members, the services, and what has changed lately. */
export class ConsoleState {
  readonly registry: Registry;
  readonly keys = new IdempotencyKeys();
  readonly changes = new ChangeRing();
  readonly operations: Operations;
  readonly #options: ConsoleOptions;
  readonly #wallClock: () => number;
  readonly #listeners = new Set<(heard: Heard) => void>();
  readonly #endings: (() => void)[];
  readonly #serviceStates = new Map<ConsoleService, string>();
  readonly #mute = new Set<string>();
  readonly #wellBefore = new Map<string, boolean>();
  #version = 0;

  constructor(options: ConsoleOptions) {
    this.#options = options;
    this.registry = options.registry;
    this.#wallClock = options.wallClock ?? Date.now;
    this.operations = new Operations(options.clock ?? options.registry.clock, () => this.now(), {
      changed: (operation, order) => this.#operationChanged(operation, order),
      failed: (error) => this.failed(error),
    });
    this.#endings = [this.registry.subscribe((event) => this.#hear(event))];
    for (const service of options.services ?? []) {
      this.#serviceStates.set(service, this.showService(service).state);
      const unsubscribe = service.subscribe?.(() => this.#serviceChanged(service));
      if (unsubscribe !== undefined) this.#endings.push(unsubscribe);
    }
  }

  close(): void {
    for (const end of this.#endings) end();
    this.#listeners.clear();
    this.operations.close();
  }

  /** Counts changes; a stream that has sent this version has nothing new to send. */
  get version(): number {
    return this.#version;
  }

  /** The instant, ISO 8601. */
  now(): string {
    return new Date(this.#wallClock()).toISOString();
  }

  report(): ReportView {
    const before = this.#before();
    const members = listMembers(this.registry);
    const breakers = members
      .filter(({ member }) => member.kind === 'circuit-breaker')
      .map((listed) => breakerView(listed, before))
      .toSorted(byUrgency);
    const services = this.services();
    return {
      version: this.#version,
      now: this.now(),
      environment: this.#options.environment ?? '',
      verdict: verdictOf(breakers, services),
      breakers,
      services,
      retries: members.filter(({ member }) => member.kind === 'retry').map(retryView),
      changes: this.changes.newest(CHANGES_SHOWN),
    };
  }

  services(): ServiceView[] {
    return this.#allServices().map((service) => this.showService(service));
  }

  /** One that cannot say how it is must not hide the others. */
  showService(service: ConsoleService): ServiceView {
    let report: Parameters<typeof serviceFacts>[0];
    try {
      report = service.report();
      this.#mute.delete(service.id);
    } catch (error) {
      report = { state: 'unknown', reason: 'it cannot be asked' };
      // Once, not with every report.
      if (!this.#mute.has(service.id)) this.failed(error);
      this.#mute.add(service.id);
    }
    return {
      id: service.id,
      name: service.name,
      ...serviceFacts(report, this.#before()),
      actions: Object.keys(service.actions),
      operation: this.operations.last(service.id) ?? null,
    };
  }

  /** @throws Problem 404 when there is none */
  breaker(id: string): Listed {
    const found = listMembers(this.registry).find(
      ({ member }) => member.id === id && member.kind === 'circuit-breaker',
    );
    if (found === undefined) throw notFound(`breaker "${id}"`);
    return found;
  }

  /** @throws Problem 404 when there is none */
  service(id: string): ConsoleService {
    const found = this.#allServices().find((service) => service.id === id);
    if (found === undefined) throw notFound(`service "${id}"`);
    return found;
  }

  /** @throws Problem 404 */
  showBreaker(id: string): ReturnType<typeof breakerView> {
    return breakerView(this.breaker(id), this.#before());
  }

  /** Writes to the application's log. A log that fails does not fail an order that has been carried out. */
  log(entry: ConsoleLogEntry): void {
    try {
      this.#options.log?.(entry);
    } catch {
      // Nobody is left to tell.
    }
  }

  /** Tells the application of a fault. */
  failed(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // Nobody is left to tell.
    }
  }

  authenticate(request: Request): ConsoleUser | undefined | Promise<ConsoleUser | undefined> {
    return this.#options.authenticate(request);
  }

  /** @returns ends the subscription */
  subscribe(listener: (heard: Heard) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Members of the registry that are services take their orders through the registry. */
  #allServices(): ConsoleService[] {
    const given = this.#options.services ?? [];
    const names = new Set(given.map(({ name }) => name));
    const registered = listMembers(this.registry)
      .filter(({ member }) => member.kind === 'service' && !names.has(member.name))
      .map(({ member, groups }): ConsoleService => {
        const actions = member.controls.map((control) => [
          control,
          {
            timeLimitMs: 30_000,
            coolDownMs: 0,
            run: async (_signal: AbortSignal, reason: string, actor: string) => {
              const change = this.registry.control(groups[0] ?? '', member.name, control, { reason, actor });
              return change === undefined
                ? 'There was nothing to do.'
                : `${change.what}: ${change.from} to ${change.to}.`;
            },
          },
        ]);
        return {
          id: member.id,
          name: member.name,
          report: () => member.report as Record<string, string | number | boolean | undefined>,
          actions: Object.fromEntries(actions),
        };
      });
    return [...given, ...registered];
  }

  #before(): InstantBefore {
    const now = this.#wallClock();
    return (agoMs) => new Date(now - agoMs).toISOString();
  }

  #hear(event: RecoveryEvent): void {
    if (event.type !== 'transition' && event.type !== 'control' && event.type !== 'check') return;
    const target = { target: this.#idOf(event), target_name: event.policy, at: this.now() };
    if (event.type === 'transition') {
      const what = `${event.from} to ${event.to}`;
      this.#add({ ...target, kind: 'transition', what, why: event.reason, actor: null, trigger: event.trigger });
    } else if (event.type === 'control') {
      this.#add({
        ...target,
        kind: 'control',
        what: event.order,
        why: event.reason ?? '',
        actor: event.actor ?? null,
        trigger: 'operator',
      });
    } else if ((this.#wellBefore.get(target.target) ?? true) !== event.healthy) {
      // Only what is new: a check each second is no news, nor is that all is well at the start.
      this.#wellBefore.set(target.target, event.healthy);
      const what = event.healthy ? 'healthy' : 'not healthy';
      this.#add({ ...target, kind: 'check', what, why: 'automatic check', actor: null, trigger: 'health-check' });
    }
  }

  /** A shared breaker has one id, whichever pipeline it changed in; an order of its own names no pipeline. */
  #idOf({ pipeline, policy }: RecoveryEvent): string {
    const named = listMembers(this.registry).filter(({ member }) => member.name === policy);
    const found = named.find(({ groups }) => groups.includes(pipeline)) ?? named[0];
    return found?.member.id ?? policy;
  }

  #serviceChanged(service: ConsoleService): void {
    const before = this.#serviceStates.get(service) ?? 'unknown';
    const { state, reason } = this.showService(service);
    this.#serviceStates.set(service, state);
    if (state === before) {
      this.#tell({ kind: 'facts' });
      return;
    }
    this.#add({
      at: this.now(),
      kind: 'service',
      target: service.id,
      target_name: service.name,
      what: `${before} to ${state}`,
      why: reason,
      actor: null,
      trigger: null,
    });
  }

  #operationChanged(operation: OperationView, order: OperationOrder): void {
    const { service, action, state, actor, message, reason } = operation;
    if (state === 'succeeded' || state === 'failed') {
      const target_name = order.service.name;
      const why = message ?? reason;
      const what = `${action} ${state}`;
      this.changes.add(
        { at: this.now(), kind: 'operation', target: service, target_name, what, why, actor, trigger: 'operator' },
        operation,
      );
      this.log({
        event: `console.operation.${state}`,
        message: `${action} of ${target_name} ${state}`,
        actor: order.user.id,
        target: service,
        action,
        reason,
        from: order.from,
        to: this.showService(order.service).state,
      });
    }
    this.#tell({ kind: 'operation', operation });
  }

  #add(change: Omit<ChangeView, 'id'>): void {
    this.#tell({ kind: 'change', change: this.changes.add(change) });
  }

  #tell(heard: Heard): void {
    this.#version += 1;
    for (const listener of this.#listeners) {
      try {
        listener(heard);
      } catch {
        // One stream that breaks must not cost the others their news.
      }
    }
  }
}

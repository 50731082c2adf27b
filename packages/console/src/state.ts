import type { Registry, RecoveryEvent } from 'dualbrake';
import type { ChangeView, OperationView, ReportView, ServiceView } from './contract.ts';
import type { ConsoleLogEntry, ConsoleOptions, ConsoleService, ConsoleUser } from './options.ts';
import { notFound } from './problem.ts';
import { ChangeRing } from './store/change-ring.ts';
import { IdempotencyKeys } from './store/idempotency.ts';
import { Operations } from './store/operations.ts';
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
  | { readonly kind: 'operation'; readonly operation: OperationView };

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
  readonly #unsubscribe: () => void;
  readonly #wellBefore = new Map<string, boolean>();
  #version = 0;

  constructor(options: ConsoleOptions) {
    this.#options = options;
    this.registry = options.registry;
    this.#wallClock = options.wallClock ?? Date.now;
    this.operations = new Operations(
      options.clock ?? options.registry.clock,
      () => this.now(),
      (operation) => this.#operationChanged(operation),
    );
    this.#unsubscribe = this.registry.subscribe((event) => this.#hear(event));
  }

  close(): void {
    this.#unsubscribe();
    this.#listeners.clear();
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
    const before = this.#before();
    return this.#allServices().map((service) => ({
      id: service.id,
      name: service.name,
      ...serviceFacts(service.report(), before),
      actions: Object.keys(service.actions),
      operation: this.operations.last(service.id) ?? null,
    }));
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
            run: async (_signal: AbortSignal, reason: string) => {
              const change = this.registry.control(groups[0] ?? '', member.name, control, { reason });
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
    const target = { target: `${event.pipeline}.${event.policy}`, target_name: event.policy, at: this.now() };
    if (event.type === 'transition') {
      const what = `${event.from} to ${event.to}`;
      this.#add({ ...target, kind: 'transition', what, why: event.reason, actor: null, trigger: event.trigger });
    } else if (event.type === 'control') {
      this.#add({
        ...target,
        kind: 'action',
        what: event.order,
        why: event.reason ?? '',
        actor: event.actor ?? null,
        trigger: 'operator',
      });
    } else if (event.type === 'check' && this.#wellBefore.get(target.target) !== event.healthy) {
      // Only what is new: a check each second is no news.
      this.#wellBefore.set(target.target, event.healthy);
      const what = event.healthy ? 'healthy' : 'not healthy';
      this.#add({ ...target, kind: 'check', what, why: 'automatic check', actor: null, trigger: 'health-check' });
    }
  }

  #operationChanged(operation: OperationView): void {
    const { service, action, state, actor, message, reason } = operation;
    if (state === 'succeeded' || state === 'failed') {
      const target_name = this.#allServices().find(({ id }) => id === service)?.name ?? service;
      this.#add({
        at: this.now(),
        kind: 'operation',
        target: service,
        target_name,
        what: `${action} ${state}`,
        why: message ?? reason,
        actor,
        trigger: 'operator',
      });
      this.log({
        event: 'console.operation',
        message: `${action} of ${target_name} ${state}`,
        actor,
        target: service,
        action,
        reason,
        to: state,
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

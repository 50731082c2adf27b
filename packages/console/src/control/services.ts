import type { ServiceView } from '../contract.ts';
import { redactText } from '../logs/redact.ts';
import type { ConsoleService, ServiceAction } from '../options.ts';
import { notFound } from '../problem.ts';
import type { Listed } from '../views/listed.ts';
import { isoOf } from '../wall-time.ts';
import type { Core } from './core.ts';
import type { Operations } from './operations.ts';

/** The application's services, and the registry's members that are services. */
export class Services {
  readonly #core: Core;
  readonly #operations: Operations;
  readonly #declared: readonly ConsoleService[];
  readonly #states = new Map<ConsoleService, string>();
  /** Services whose last report failed. */
  readonly #failing = new Set<string>();

  /** @param declared by the application */
  constructor(core: Core, operations: Operations, declared: readonly ConsoleService[] = []) {
    this.#core = core;
    this.#operations = operations;
    this.#declared = declared;
  }

  /** Publishes changes from now on. @returns functions that end the subscriptions */
  watch(): (() => void)[] {
    return this.#declared.flatMap((service) => {
      this.#states.set(service, this.show(service).state);
      return service.subscribe?.(() => this.#changed(service)) ?? [];
    });
  }

  views(): ServiceView[] {
    return this.#all().map((service) => this.show(service));
  }

  /** @throws Problem not-found */
  find(id: string): ConsoleService {
    const found = this.#all().find((service) => service.id === id);
    if (found === undefined) throw notFound(`service "${redactText(id)}"`);
    return found;
  }

  show(service: ConsoleService): ServiceView {
    const { registry, time } = this.#core;
    const at = registry.clock.now();
    const { state, sinceMs, reason, ...facts } = this.#report(service);
    return {
      id: service.id,
      name: service.name,
      state: typeof state === 'string' ? state : 'unknown',
      since: time.before(typeof sinceMs === 'number' ? sinceMs : 0, at),
      reason: typeof reason === 'string' ? redactText(reason) : '',
      facts: safeFacts(facts),
      actions: Object.keys(service.actions),
      action_details: Object.entries(service.actions).map(([name, action]) => {
        const until = this.#operations.coolingUntil(service.id, name, action);
        return {
          name,
          time_limit_ms: action.timeLimitMs,
          cool_down_ms: action.coolDownMs,
          cooling_until: until === undefined ? null : isoOf(until),
          destructive: action.destructive ?? false,
        };
      }),
      dependants: this.#dependantsOf(service),
      recovering: this.#operations.isRecovering(service.id),
      operation: this.#operations.last(service.id) ?? null,
    };
  }

  /** A service whose report fails must not hide the others. */
  #report(service: ConsoleService): ReturnType<ConsoleService['report']> {
    try {
      const report = service.report();
      this.#failing.delete(service.id);
      return report;
    } catch (error) {
      // Once, not with every report.
      if (!this.#failing.has(service.id)) this.#core.onError(error);
      this.#failing.add(service.id);
      return { state: 'unknown', reason: 'its state can’t be read' };
    }
  }

  /** IDs, although the application may name breakers. */
  #dependantsOf({ dependants = [] }: ConsoleService): string[] {
    if (dependants.length === 0) return [];
    const members = this.#core.members.all().map(({ member }) => member);
    const ids = dependants.flatMap((nameOrId) => {
      const found = members.filter(
        ({ id, kind, name }) => id === nameOrId || (kind === 'circuit-breaker' && name === nameOrId),
      );
      return found.length === 0 ? [nameOrId] : found.map(({ id }) => id);
    });
    return [...new Set(ids)];
  }

  #all(): ConsoleService[] {
    const names = new Set(this.#declared.map(({ name }) => name));
    const registered = this.#core.members
      .all()
      .filter(({ member }) => member.kind === 'service' && !names.has(member.name))
      .map((listed) => this.#registered(listed));
    return [...this.#declared, ...registered];
  }

  #registered({ member, groups }: Listed): ConsoleService {
    const actionOf = (control: string): ServiceAction => ({
      timeLimitMs: 30_000,
      coolDownMs: 0,
      run: async ({ reason, actor }) => {
        const change = this.#core.registry.control(groups[0] ?? '', member.name, control, { reason, actor });
        return change === undefined ? 'Nothing to do.' : `${change.what}: ${change.from} to ${change.to}.`;
      },
    });
    return {
      id: member.id,
      name: member.name,
      report: () => member.report as ReturnType<ConsoleService['report']>,
      actions: Object.fromEntries(member.controls.map((control) => [control, actionOf(control)])),
    };
  }

  #changed(service: ConsoleService): void {
    const { feed } = this.#core;
    const before = this.#states.get(service) ?? 'unknown';
    const { id, name, state, reason } = this.show(service);
    this.#states.set(service, state);
    if (state === before) feed.publish({ kind: 'facts' });
    else feed.record({ kind: 'service', target: id, target_name: name, what: `${before} to ${state}`, why: reason });
  }
}

function safeFacts(facts: Readonly<Record<string, unknown>>): ServiceView['facts'] {
  const safe: ServiceView['facts'] = {};
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value === 'string') safe[name] = redactText(value);
    else if (typeof value === 'number' || typeof value === 'boolean') safe[name] = value;
  }
  return safe;
}

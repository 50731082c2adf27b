import type { ServiceView } from '../contract.ts';
import { notFound } from '../http/problem.ts';
import { redactText } from '../logs/redact.ts';
import type { ConsoleService } from '../options.ts';
import { listMembers } from '../views/listed.ts';
import { isBreaker } from './neighbours.ts';
import { isoOf } from '../wall-time.ts';
import type { ControlPlane } from './control-plane.ts';
import { serviceFacts } from './service-facts.ts';

/** What can be steered beside breakers: services that the application has given, and those of the registry. */
export class Services {
  readonly #plane: ControlPlane;
  readonly #given: readonly ConsoleService[];
  readonly #states = new Map<ConsoleService, string>();
  /** Those that could not be asked when they were asked last. */
  readonly #mute = new Set<string>();

  constructor(plane: ControlPlane, given: readonly ConsoleService[]) {
    this.#plane = plane;
    this.#given = given;
  }

  /** Hears of changes from now on. @returns ends it */
  watch(): (() => void)[] {
    return this.#given.flatMap((service) => {
      this.#states.set(service, this.show(service).state);
      return service.subscribe?.(() => this.#changed(service)) ?? [];
    });
  }

  views(): ServiceView[] {
    return this.#all().map((service) => this.show(service));
  }

  /** @throws Problem 404 when there is none */
  find(id: string): ConsoleService {
    const found = this.#all().find((service) => service.id === id);
    if (found === undefined) throw notFound(`service "${redactText(id)}"`);
    return found;
  }

  /** One that cannot say how it is must not hide the others. */
  show(service: ConsoleService): ServiceView {
    const at = this.#plane.registry.clock.now();
    let report: Parameters<typeof serviceFacts>[0];
    try {
      report = service.report();
      this.#mute.delete(service.id);
    } catch (error) {
      report = { state: 'unknown', reason: 'its state can’t be read' };
      // Once, not with every report.
      if (!this.#mute.has(service.id)) this.#plane.failed(error);
      this.#mute.add(service.id);
    }
    return {
      id: service.id,
      name: service.name,
      ...serviceFacts(report, (agoMs) => this.#plane.time.before(agoMs, at)),
      actions: Object.keys(service.actions),
      action_details: Object.entries(service.actions).map(([name, action]) => {
        const until = this.#plane.operations.coolingUntil(service.id, name, action);
        return {
          name,
          time_limit_ms: action.timeLimitMs,
          cool_down_ms: action.coolDownMs,
          cooling_until: until === undefined ? null : isoOf(until),
          destructive: action.destructive ?? false,
        };
      }),
      dependants: this.#dependantsOf(service),
      recovering: this.#plane.operations.isRecovering(service.id),
      operation: this.#plane.operations.last(service.id) ?? null,
    };
  }

  /** Ids; a breaker may have been told of by its name. */
  #dependantsOf({ dependants = [] }: ConsoleService): string[] {
    if (dependants.length === 0) return [];
    const members = listMembers(this.#plane.registry);
    const ids = dependants.flatMap((nameOrId) => {
      const found = members.filter(
        ({ member }) => member.id === nameOrId || (isBreaker(member.kind) && member.name === nameOrId),
      );
      return found.length === 0 ? [nameOrId] : found.map(({ member }) => member.id);
    });
    return [...new Set(ids)];
  }

  /** Members of the registry that are services take their orders through the registry. */
  #all(): ConsoleService[] {
    const given = this.#given;
    const names = new Set(given.map(({ name }) => name));
    const registered = listMembers(this.#plane.registry)
      .filter(({ member }) => member.kind === 'service' && !names.has(member.name))
      .map(({ member, groups }): ConsoleService => {
        const actions = member.controls.map((control) => [
          control,
          {
            timeLimitMs: 30_000,
            coolDownMs: 0,
            run: async ({ reason, actor }: { reason: string; actor: string }) => {
              const change = this.#plane.registry.control(groups[0] ?? '', member.name, control, { reason, actor });
              return change === undefined ? 'Nothing to do.' : `${change.what}: ${change.from} to ${change.to}.`;
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

  #changed(service: ConsoleService): void {
    const before = this.#states.get(service) ?? 'unknown';
    const { state, reason } = this.show(service);
    this.#states.set(service, state);
    // Facts without a new state are no event, but the page shows them.
    if (state === before) this.#plane.publish({ kind: 'facts' });
    else {
      this.#plane.tell({
        kind: 'service',
        target: service.id,
        target_name: service.name,
        what: `${before} to ${state}`,
        why: redactText(reason),
        actor: null,
        trigger: 'automatic',
      });
    }
  }
}

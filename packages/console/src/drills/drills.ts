import { InvalidSettingsError, type Registry } from 'dualbrake';
import { FaultInjection } from 'dualbrake/faults';
import type { Measurement } from 'dualbrake/measurement';
import type { FaultList, FaultView, StopCondition } from '../contract.ts';
import { newId } from '../store/store.ts';

/** Whether faults may be injected here. */
export interface DrillOptions {
  /** Default false: nobody can start one. */
  readonly enabled: boolean;
  /** Environments in which it is refused all the same. Default `production`. */
  readonly denyEnvironments?: readonly string[];
}

/** What a drill is to do. */
export interface DrillOrder {
  readonly target: string;
  readonly kind: 'error' | 'delay' | 'hang';
  readonly class: 'transient' | 'persistent' | 'system';
  readonly delay_ms: number;
  readonly ratio: number;
  readonly ttl_ms: number;
  readonly stop_conditions: readonly StopCondition[];
  readonly reason: string;
}

interface Drill {
  view: FaultView;
  readonly place: FaultInjection;
  /** What the place had injected before. */
  readonly before: number;
  endedAt: number | undefined;
}

/** How many drills can be looked up. */
const KEPT = 100;
/** A breaker that opens so long after a drill's end is still taken for its work, in milliseconds. */
const AFTERMATH_MS = 60_000;

/** Faults on purpose: only where it is allowed, always with an end, and stopped when it goes too far. */
export class Drills {
  readonly #registry: Registry;
  readonly #measurement: Measurement;
  readonly #wallClock: () => number;
  readonly #loopDelayMs: () => number | null;
  readonly #ended: (fault: FaultView) => void;
  readonly #options: DrillOptions;
  readonly #environment: string;
  readonly #drills: Drill[] = [];

  constructor(parts: {
    readonly registry: Registry;
    readonly measurement: Measurement;
    readonly wallClock: () => number;
    readonly loopDelayMs: () => number | null;
    readonly options: DrillOptions;
    readonly environment: string;
    /** Hears of each end, ordered or not. */
    readonly onEnded: (fault: FaultView) => void;
  }) {
    this.#registry = parts.registry;
    this.#measurement = parts.measurement;
    this.#wallClock = parts.wallClock;
    this.#loopDelayMs = parts.loopDelayMs;
    this.#options = parts.options;
    this.#environment = parts.environment;
    this.#ended = parts.onEnded;
  }

  /** Why no drill may be started here; nothing when one may. */
  get whyNot(): string | undefined {
    if (!this.#options.enabled) return 'Drills are switched off in this application.';
    const denied = this.#options.denyEnvironments ?? ['production'];
    return denied.includes(this.#environment) ? `Drills are not allowed in ${this.#environment}.` : undefined;
  }

  get running(): readonly FaultView[] {
    return this.#drills.filter(({ endedAt }) => endedAt === undefined).map((drill) => this.#show(drill));
  }

  list(): FaultList {
    return {
      enabled: this.whyNot === undefined,
      why_not: this.whyNot ?? null,
      places: [...this.#places()].map(([id, { place, groups }]) => ({
        id,
        name: place.name,
        used_by: groups,
        breakers: this.#breakersOf(groups),
      })),
      faults: this.#drills.toReversed().map((drill) => this.#show(drill)),
    };
  }

  find(id: string): FaultView | undefined {
    const drill = this.#drills.find(({ view }) => view.id === id);
    return drill && this.#show(drill);
  }

  hasPlace(id: string): boolean {
    return this.#places().has(id);
  }

  /** Whether a place is in use. */
  isBusy(target: string): boolean {
    return this.#drills.some(({ view, endedAt }) => view.target === target && endedAt === undefined);
  }

  /** @throws InvalidSettingsError; RangeError when there is no such place */
  start(order: DrillOrder, actor: string): FaultView {
    const found = this.#places().get(order.target);
    if (found === undefined) throw new RangeError(`There is no injection point named "${order.target}".`);
    const breakers = this.#measurement.breakers();
    const unknown = order.stop_conditions.filter(
      (condition) => condition.type !== 'loop_delay' && !breakers.has(condition.breaker),
    );
    if (unknown.length > 0) {
      throw new InvalidSettingsError('drill', [
        `stop_conditions name unknown breakers: ${unknown.map((one) => ('breaker' in one ? one.breaker : '')).join(', ')}`,
      ]);
    }
    const { place } = found;
    place.start({
      kind: order.kind,
      class: order.class,
      delayMs: order.delay_ms,
      ratio: order.ratio,
      forMs: order.ttl_ms,
    });
    const startedAt = this.#wallClock();
    const endsAt = startedAt + order.ttl_ms;
    const view: FaultView = {
      id: newId(),
      target: order.target,
      kind: order.kind,
      class: order.class,
      delay_ms: order.delay_ms,
      ratio: order.ratio,
      state: 'running',
      started_at: new Date(startedAt).toISOString(),
      ends_at: new Date(endsAt).toISOString(),
      ended_at: null,
      ended_by: null,
      injected: 0,
      actor,
      reason: order.reason,
      stop_conditions: [...order.stop_conditions],
    };
    this.#drills.push({ view, place, before: place.injected, endedAt: undefined });
    if (this.#drills.length > KEPT) this.#drills.shift();
    return view;
  }

  /** @returns nothing when it is over already */
  stop(id: string, by: string): FaultView | undefined {
    const drill = this.#drills.find(({ view, endedAt }) => view.id === id && endedAt === undefined);
    return drill && this.#end(drill, 'stopped', by);
  }

  /** Ends what has reached its end, or one of its conditions. Once a second. */
  look(): void {
    for (const drill of this.#drills) {
      if (drill.endedAt !== undefined) continue;
      const met = drill.view.stop_conditions.find((condition) => this.#isMet(condition));
      if (met !== undefined) this.#end(drill, 'stopped', conditionText(met));
      else if (drill.place.active === undefined) this.#end(drill, 'ended', 'its time is up');
    }
  }

  /** A breaker has opened: drills that were to stop then are stopped at once. */
  breakerOpened(id: string): void {
    for (const drill of this.#drills) {
      const met = drill.view.stop_conditions.find((one) => one.type === 'breaker_opens' && one.breaker === id);
      if (met !== undefined && drill.endedAt === undefined) this.#end(drill, 'stopped', conditionText(met));
    }
  }

  /** Whether what a breaker meets now, or met a moment ago, may be a drill's work. */
  affects(breaker: string): boolean {
    const places = this.#places();
    const now = this.#wallClock();
    return this.#drills.some(
      ({ view, endedAt }) =>
        (endedAt === undefined || now - endedAt < AFTERMATH_MS) &&
        this.#breakersOf(places.get(view.target)?.groups ?? []).includes(breaker),
    );
  }

  /** Ends everything, as the application stops. */
  close(): void {
    for (const drill of this.#drills)
      if (drill.endedAt === undefined) this.#end(drill, 'ended', 'the application is shutting down');
  }

  #isMet(condition: StopCondition): boolean {
    if (condition.type === 'loop_delay') return (this.#loopDelayMs() ?? 0) > condition.above_ms;
    const member = this.#report(condition.breaker);
    if (condition.type === 'breaker_opens') return member?.['circuit'] === 'open';
    const ratio = member?.['failureRatio'];
    return typeof ratio === 'number' && ratio > condition.above;
  }

  #report(id: string): Readonly<Record<string, unknown>> | undefined {
    for (const { members } of this.#registry.report()) {
      const found = members.find((member) => member.id === id);
      if (found !== undefined) return found.report;
    }
    return undefined;
  }

  #end(drill: Drill, state: 'ended' | 'stopped', by: string): FaultView {
    const injected = drill.place.injected - drill.before;
    drill.place.stop();
    drill.endedAt = this.#wallClock();
    drill.view = { ...drill.view, state, injected, ended_at: new Date(drill.endedAt).toISOString(), ended_by: by };
    this.#ended(drill.view);
    return drill.view;
  }

  #show(drill: Drill): FaultView {
    if (drill.endedAt !== undefined) return drill.view;
    return { ...drill.view, injected: drill.place.injected - drill.before };
  }

  /** Places for drills, by id, and the pipelines that list them. */
  #places(): Map<string, { place: FaultInjection; groups: string[] }> {
    const found = new Map<string, { place: FaultInjection; groups: string[] }>();
    const members = this.#registry.members();
    for (const group of this.#registry.report()) {
      for (const { id, kind } of group.members) {
        if (kind !== 'fault-injection') continue;
        const place = members.find((member) => this.#registry.idOf(member) === id);
        if (!(place instanceof FaultInjection)) continue;
        const known = found.get(id);
        if (known === undefined) found.set(id, { place, groups: [group.name] });
        else known.groups.push(group.name);
      }
    }
    return found;
  }

  #breakersOf(groups: readonly string[]): string[] {
    const members = this.#registry
      .report()
      .filter(({ name }) => groups.includes(name))
      .flatMap((group) => group.members);
    return [...new Set(members.filter(({ kind }) => kind === 'circuit-breaker').map(({ id }) => id))];
  }
}

function conditionText(condition: StopCondition): string {
  if (condition.type === 'breaker_opens') return `stop condition: ${condition.breaker} opened`;
  if (condition.type === 'failure_ratio')
    return `stop condition: more than ${condition.above * 100} % of the calls of ${condition.breaker} failed`;
  return `stop condition: the event-loop delay exceeded ${condition.above_ms} ms`;
}

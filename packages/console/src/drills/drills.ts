import { InvalidSettingsError, type Registry } from 'dualbrake';
import { FaultInjection } from 'dualbrake/faults';
import type { Measurement } from 'dualbrake/measurement';
import type { FaultList, FaultOrder, FaultView, StopCondition } from '../contract.ts';
import { newId } from '../store/store.ts';
import { listMembers, ofKind } from '../views/listed.ts';

/** Whether faults may be injected here. */
export interface DrillOptions {
  /** Default false: nobody can start one. */
  readonly enabled: boolean;
  /** Environments in which drills are refused even if enabled. Default `production`. */
  readonly denyEnvironments?: readonly string[];
}

interface DrillParts {
  readonly registry: Registry;
  readonly measurement: Measurement;
  readonly wallClock: () => number;
  readonly loopDelayMs: () => number | null;
  readonly options: DrillOptions;
  readonly environment: string;
  /** Called at the end of each drill, stopped or not. */
  readonly onEnded: (fault: FaultView) => void;
}

interface Drill {
  view: FaultView;
  readonly point: FaultInjection;
  /** The injection point's counter when the drill started. */
  readonly injectedBefore: number;
  endedAt: number | undefined;
}

/** How many drills are kept. */
const KEPT = 100;
/** A breaker that opens within this time after a drill still counts as opened by it, in milliseconds. */
const AFTERMATH_MS = 60_000;

/** Injects faults on purpose: only where allowed, always for a limited time, and stopped by conditions. */
export class Drills {
  readonly #parts: DrillParts;
  readonly #drills: Drill[] = [];

  constructor(parts: DrillParts) {
    this.#parts = parts;
  }

  /** Why no drill may be started here; `undefined` if one may. */
  get whyNot(): string | undefined {
    const { options, environment } = this.#parts;
    if (!options.enabled) return 'Drills are switched off in this application.';
    const denied = options.denyEnvironments ?? ['production'];
    return denied.includes(environment) ? `Drills are not allowed in ${environment}.` : undefined;
  }

  get running(): readonly FaultView[] {
    return this.#running().map(show);
  }

  list(): FaultList {
    return {
      enabled: this.whyNot === undefined,
      why_not: this.whyNot ?? null,
      places: [...this.#points()].map(([id, { point, groups }]) => ({
        id,
        name: point.name,
        used_by: [...groups],
        breakers: this.#breakersOf(groups),
      })),
      faults: this.#drills.toReversed().map(show),
    };
  }

  find(id: string): FaultView | undefined {
    const drill = this.#drills.find(({ view }) => view.id === id);
    return drill && show(drill);
  }

  hasPlace(id: string): boolean {
    return this.#points().has(id);
  }

  /** Whether a drill is running at an injection point. */
  isBusy(target: string): boolean {
    return this.#running().some(({ view }) => view.target === target);
  }

  /** @throws InvalidSettingsError; RangeError when there is no such injection point */
  start(request: FaultOrder, actor: string): FaultView {
    const { ttl_ms: forMs, ...fault } = request;
    const point = this.#points().get(request.target)?.point;
    if (point === undefined) throw new RangeError(`There is no injection point named "${request.target}".`);
    const known = this.#parts.measurement.breakers();
    const unknown = request.stop_conditions.flatMap((condition) =>
      condition.type === 'loop_delay' || known.has(condition.breaker) ? [] : [condition.breaker],
    );
    if (unknown.length > 0) {
      throw new InvalidSettingsError('drill', [`stop_conditions name unknown breakers: ${unknown.join(', ')}`]);
    }
    point.start({ kind: fault.kind, class: fault.class, delayMs: fault.delay_ms, ratio: fault.ratio, forMs });
    const startedAt = this.#parts.wallClock();
    const view: FaultView = {
      ...fault,
      id: newId(),
      state: 'running',
      started_at: new Date(startedAt).toISOString(),
      ends_at: new Date(startedAt + forMs).toISOString(),
      ended_at: null,
      ended_by: null,
      injected: 0,
      actor,
    };
    this.#drills.push({ view, point, injectedBefore: point.injected, endedAt: undefined });
    if (this.#drills.length > KEPT) this.#drills.shift();
    return view;
  }

  /** @returns `undefined` if it has already ended */
  stop(id: string, by: string): FaultView | undefined {
    const drill = this.#running().find(({ view }) => view.id === id);
    return drill && this.#end(drill, 'stopped', by);
  }

  /** Ends drills whose time is up or that meet a stop condition. Once a second. */
  tick(): void {
    for (const drill of this.#running()) {
      const met = drill.view.stop_conditions.find((condition) => this.#isMet(condition));
      if (met !== undefined) this.#end(drill, 'stopped', conditionText(met));
      else if (drill.point.active === undefined) this.#end(drill, 'ended', 'its time is up');
    }
  }

  /** A breaker has opened: stops drills with that condition at once. */
  breakerOpened(id: string): void {
    for (const drill of this.#running()) {
      const met = drill.view.stop_conditions.find((one) => one.type === 'breaker_opens' && one.breaker === id);
      if (met !== undefined) this.#end(drill, 'stopped', conditionText(met));
    }
  }

  /** Whether a drill may cause what this breaker meets, or has caused it a moment ago. */
  affects(breaker: string): boolean {
    const points = this.#points();
    const now = this.#parts.wallClock();
    return this.#drills.some(
      ({ view, endedAt = now }) =>
        now - endedAt < AFTERMATH_MS && this.#breakersOf(points.get(view.target)?.groups ?? []).includes(breaker),
    );
  }

  /** Ends all drills when the application stops. */
  close(): void {
    for (const drill of this.#running()) this.#end(drill, 'ended', 'the application is shutting down');
  }

  #running(): readonly Drill[] {
    return this.#drills.filter(({ endedAt }) => endedAt === undefined);
  }

  #isMet(condition: StopCondition): boolean {
    if (condition.type === 'loop_delay') return (this.#parts.loopDelayMs() ?? 0) > condition.above_ms;
    const report = this.#breakers().find(({ member }) => member.id === condition.breaker)?.member.report;
    if (condition.type === 'breaker_opens') return report?.circuit === 'open';
    return (report?.failureRatio ?? 0) > condition.above;
  }

  #end(drill: Drill, state: 'ended' | 'stopped', by: string): FaultView {
    const { injected } = show(drill);
    drill.point.stop();
    drill.endedAt = this.#parts.wallClock();
    drill.view = { ...drill.view, state, injected, ended_at: new Date(drill.endedAt).toISOString(), ended_by: by };
    this.#parts.onEnded(drill.view);
    return drill.view;
  }

  /** Injection points by ID, and the pipelines that list them. */
  #points(): Map<string, { readonly point: FaultInjection; readonly groups: readonly string[] }> {
    const { registry } = this.#parts;
    const points = new Map(
      registry
        .members()
        .flatMap((member) => (member instanceof FaultInjection ? [[registry.idOf(member), member] as const] : [])),
    );
    return new Map(
      listMembers(registry).flatMap(({ member: { id }, groups }) => {
        const point = points.get(id);
        return point === undefined ? [] : [[id, { point, groups }] as const];
      }),
    );
  }

  #breakers() {
    return ofKind(listMembers(this.#parts.registry), 'circuit-breaker');
  }

  #breakersOf(pipelines: readonly string[]): string[] {
    return this.#breakers()
      .filter(({ groups }) => groups.some((name) => pipelines.includes(name)))
      .map(({ member }) => member.id);
  }
}

function show({ view, point, injectedBefore, endedAt }: Drill): FaultView {
  return endedAt === undefined ? { ...view, injected: point.injected - injectedBefore } : view;
}

function conditionText(condition: StopCondition): string {
  if (condition.type === 'breaker_opens') return `stop condition: ${condition.breaker} opened`;
  if (condition.type === 'failure_ratio')
    return `stop condition: more than ${condition.above * 100} % of the calls of ${condition.breaker} failed`;
  return `stop condition: the event-loop delay exceeded ${condition.above_ms} ms`;
}

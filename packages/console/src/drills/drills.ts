import { InvalidSettingsError } from 'dualbrake';
import { FaultInjection } from 'dualbrake/faults';
import type { FaultList, FaultBody, FaultView, StopCondition } from '../contract.ts';
import type { ActionRequest } from '../control/audited-actions.ts';
import type { Core } from '../control/core.ts';
import type { DrillOptions } from '../options.ts';
import { notFound, notPossible, Problem } from '../problem.ts';
import { newId } from '../store/store.ts';
import { ofKind } from '../views/listed.ts';
import { isoOf } from '../wall-time.ts';

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

/** Drills: faults injected on purpose, only where allowed, for a limited time, and stopped by conditions. */
export class Drills {
  readonly #core: Core;
  readonly #options: DrillOptions;
  readonly #drills: Drill[] = [];

  constructor(core: Core, options: DrillOptions = { enabled: false }) {
    this.#core = core;
    this.#options = options;
  }

  /** Why no drill may be started here; `undefined` if one may. */
  get whyNot(): string | undefined {
    const { environment } = this.#core;
    if (!this.#options.enabled) return 'Drills are switched off in this application.';
    const denied = this.#options.denyEnvironments ?? ['production'];
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

  /** @throws Problem not-found */
  find(id: string): FaultView {
    return show(this.#find(id));
  }

  /** @throws Problem drills-disabled, not-found */
  checkTarget(target: string): void {
    const { whyNot } = this;
    if (whyNot !== undefined) throw new Problem('drills-disabled', 'Drills are disabled here', whyNot);
    if (!this.#points().has(target)) throw notFound('such injection point');
  }

  /** @throws Problem not-legal, not-found, invalid-order, audit-unavailable */
  start(request: ActionRequest, drill: FaultBody): FaultView {
    if (this.#running().some(({ view }) => view.target === drill.target)) {
      const message = 'A drill is already running on this target. Stop it first.';
      throw new Problem('not-legal', 'Already running', message);
    }
    const { reason, ...params } = drill;
    const target = { type: 'fault', id: drill.target };
    const actor = request.user.name;
    return this.#core.audited.carryOut(
      request,
      { action: 'fault.started', target, reason, params, before: null },
      () => {
        const fault = this.#start(drill, actor);
        const what = `drill ${fault.kind} of ${Math.round(fault.ratio * 100)} % started`;
        this.#publish(fault, what, reason, actor);
        return { after: { id: fault.id, ends_at: fault.ends_at }, result: fault };
      },
    );
  }

  /** Works without the audit log: stopping a drill must always be possible. @throws Problem not-found, not-legal */
  stop(request: ActionRequest, id: string, reason: string | undefined): FaultView {
    const drill = this.#find(id);
    const { state, target } = drill.view;
    if (state !== 'running') throw notPossible('The drill has already ended.');
    const intent = {
      action: 'fault.stopped',
      target: { type: 'fault', id: target },
      reason,
      params: { id },
      before: { state },
    };
    return this.#core.audited.carryOut({ ...request, breakGlass: true }, intent, () => {
      const stopped = this.#end(drill, 'stopped', request.user.name);
      return { after: { state: stopped.state }, result: stopped };
    });
  }

  /** Ends drills whose time is up or that meet a stop condition. Runs every second. */
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
    const now = this.#core.time.now();
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

  #find(id: string): Drill {
    const drill = this.#drills.find(({ view }) => view.id === id);
    if (drill === undefined) throw notFound('such drill');
    return drill;
  }

  #start(drill: FaultBody, actor: string): FaultView {
    const { ttl_ms: forMs, ...fault } = drill;
    const point = this.#points().get(drill.target)?.point;
    if (point === undefined) throw notFound('such injection point');
    const known = this.#core.measurement.breakers();
    const unknown = drill.stop_conditions.flatMap((condition) =>
      condition.type === 'loop_delay' || known.has(condition.breaker) ? [] : [condition.breaker],
    );
    if (unknown.length > 0) throw invalidDrill([`stop_conditions name unknown breakers: ${unknown.join(', ')}`]);
    try {
      point.start({ kind: fault.kind, class: fault.class, delayMs: fault.delay_ms, ratio: fault.ratio, forMs });
    } catch (error) {
      throw error instanceof InvalidSettingsError ? invalidDrill(error.issues) : error;
    }
    const startedAt = this.#core.time.now();
    const view: FaultView = {
      ...fault,
      id: newId(),
      state: 'running',
      started_at: isoOf(startedAt),
      ends_at: isoOf(startedAt + forMs),
      ended_at: null,
      ended_by: null,
      injected: 0,
      actor,
    };
    this.#drills.push({ view, point, injectedBefore: point.injected, endedAt: undefined });
    if (this.#drills.length > KEPT) this.#drills.shift();
    return view;
  }

  #publish({ target }: FaultView, what: string, why: string, actor: string | null): void {
    this.#core.feed.record({ kind: 'fault', target, target_name: this.#core.nameOf(target), what, why, actor });
  }

  #isMet(condition: StopCondition): boolean {
    if (condition.type === 'loop_delay') return (this.#core.loopDelay.p99Ms ?? 0) > condition.above_ms;
    const report = this.#breakers().find(({ member }) => member.id === condition.breaker)?.member.report;
    if (condition.type === 'breaker_opens') return report?.circuit === 'open';
    return (report?.failureRatio ?? 0) > condition.above;
  }

  #end(drill: Drill, state: 'ended' | 'stopped', by: string): FaultView {
    const { id, injected, target } = show(drill);
    drill.point.stop();
    drill.endedAt = this.#core.time.now();
    drill.view = { ...drill.view, state, injected, ended_at: isoOf(drill.endedAt), ended_by: by };
    this.#core.audited.note('fault.ended', { type: 'fault', id: target }, { id, ended_by: by, injected });
    this.#publish(drill.view, `drill ${state}`, by, null);
    return drill.view;
  }

  /** Injection points by ID, and the pipelines that list them. */
  #points(): Map<string, { readonly point: FaultInjection; readonly groups: readonly string[] }> {
    const { members, registry } = this.#core;
    const points = new Map(
      registry
        .members()
        .flatMap((member) => (member instanceof FaultInjection ? [[registry.idOf(member), member] as const] : [])),
    );
    return new Map(
      members.all().flatMap(({ member: { id }, groups }) => {
        const point = points.get(id);
        return point === undefined ? [] : [[id, { point, groups }] as const];
      }),
    );
  }

  #breakers() {
    return ofKind(this.#core.members.all(), 'circuit-breaker');
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

function invalidDrill(messages: readonly string[]): Problem {
  return new Problem('invalid-order', 'The drill is invalid', `${messages.join('. ')}.`, {
    issues: messages.map((message) => ({ pointer: '', code: 'invalid', message })),
  });
}

function conditionText(condition: StopCondition): string {
  if (condition.type === 'breaker_opens') return `stop condition: ${condition.breaker} opened`;
  if (condition.type === 'failure_ratio')
    return `stop condition: more than ${condition.above * 100} % of the calls of ${condition.breaker} failed`;
  return `stop condition: the event-loop delay exceeded ${condition.above_ms} ms`;
}

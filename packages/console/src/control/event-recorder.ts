import type { CircuitBreakerReport, RecoveryEvent } from 'dualbrake';
import type { Drills } from '../drills/drills.ts';
import { firstFailureAt } from '../incidents/first-failure.ts';
import type { Incidents } from '../incidents/incidents.ts';
import { logEvent } from '../logs/event-lines.ts';
import { redactText } from '../logs/redact.ts';
import { ofKind } from '../views/listed.ts';
import { isoOf } from '../wall-time.ts';
import type { NewChange } from './change-feed.ts';
import type { Core } from './core.ts';

/** Log lines about single rejected or replaced calls in a second, at most. */
const CALL_LINES_PER_TICK = 100;

/** Turns the registry's events into changes, log lines and incidents. */
export class EventRecorder {
  readonly #core: Core;
  readonly #incidents: Incidents;
  readonly #drills: Drills;
  readonly #logEvents: boolean;
  readonly #healthyBefore = new Map<string, boolean>();
  readonly #ids = new Map<string, string>();
  #callLines = 0;

  /** @param logEvents whether to write the events to the log view */
  constructor(core: Core, incidents: Incidents, drills: Drills, logEvents = true) {
    this.#core = core;
    this.#incidents = incidents;
    this.#drills = drills;
    this.#logEvents = logEvents;
  }

  record(event: RecoveryEvent): void {
    const { time, logs, feed, audited } = this.#core;
    if (this.#isLogged(event)) logEvent(event, time.of(event.at), this.#idOf(event), logs);
    const change = this.#changeOf(event);
    if (change === undefined) return;
    feed.record(change);
    if (event.type === 'control' && event.order === 'isolate') {
      const facts = { reason: redactText(event.reason ?? ''), actor: event.actor ?? null, firstFailureAt: null };
      this.#incidents.opened({ breaker: change.target, cause: 'operator', ...facts, isDrill: false }, time.now());
    }
    if (event.type !== 'transition') return;
    this.#changedState(change.target, event);
    if (event.trigger === 'health-check') {
      audited.note('recovery.reset', { type: 'breaker', id: change.target }, { from: event.from, to: event.to });
    }
  }

  /** Runs every second. */
  tick(now: number): void {
    this.#callLines = 0;
    this.#closeReleased(now);
  }

  #changeOf(event: RecoveryEvent): NewChange | undefined {
    const base = (): Pick<NewChange, 'target' | 'target_name' | 'at' | 'correlation_id' | 'actor'> => {
      const correlationId = event.attributes['correlationId'];
      return {
        target: this.#idOf(event),
        target_name: event.policy,
        at: isoOf(this.#core.time.of(event.at)),
        correlation_id: typeof correlationId === 'string' ? redactText(correlationId) : null,
        actor: null,
      };
    };
    if (event.type === 'transition') {
      const what = `${event.from} to ${event.to}`;
      return { ...base(), kind: 'transition', what, why: redactText(event.reason), trigger: event.trigger };
    }
    if (event.type === 'control') {
      const kind = event.what === 'order' ? 'override' : 'control';
      const why = redactText(event.reason ?? '');
      return { ...base(), kind, what: event.order, why, actor: event.actor ?? null, trigger: 'operator' };
    }
    if (event.type === 'changed') {
      const names = Object.keys(event.to).filter((name) => event.to[name] !== event.from[name]);
      const what = names.map((name) => `${name} ${String(event.from[name])} to ${String(event.to[name])}`).join(', ');
      return { ...base(), kind: 'config', what, why: 'settings were changed', trigger: 'operator' };
    }
    if (event.type !== 'check') return undefined;
    const id = this.#idOf(event);
    if ((this.#healthyBefore.get(id) ?? true) === event.healthy) return undefined;
    this.#healthyBefore.set(id, event.healthy);
    const what = event.healthy ? 'healthy' : 'not healthy';
    return { ...base(), kind: 'check', what, why: 'automatic check', trigger: 'health-check' };
  }

  #changedState(id: string, event: Extract<RecoveryEvent, { type: 'transition' }>): void {
    const { members, measurement, time } = this.#core;
    const found = ofKind(members.all(), 'circuit-breaker').find(({ member }) => member.id === id);
    if (found === undefined) return;
    const now = time.of(event.at);
    // The circuit can close while an override still blocks the calls.
    if (event.to === 'closed' && found.member.report.state === 'closed') this.#incidents.closed(id, now);
    if (event.to !== 'open' || event.trigger === 'operator') return;
    const first = firstFailureAt(measurement.breakers().get(id)?.log, found.member, event.at);
    const firstFailure = first === undefined ? null : time.of(first);
    const facts = { reason: redactText(event.reason), firstFailureAt: firstFailure, isDrill: this.#drills.affects(id) };
    this.#incidents.opened({ breaker: id, cause: 'automatic', ...facts }, now);
    this.#drills.breakerOpened(id);
  }

  /** A breaker can be released, or unregistered, without a transition. */
  #closeReleased(now: number): void {
    const open = this.#incidents.open.flatMap((incident) =>
      incident.members.filter(({ closedAt }) => closedAt === null),
    );
    if (open.length === 0) return;
    const breakers = new Map(
      ofKind(this.#core.members.all(), 'circuit-breaker').map(({ member }) => [member.id, member.report]),
    );
    for (const { breaker } of open) if (allowsCalls(breakers.get(breaker))) this.#incidents.closed(breaker, now);
  }

  /** In an outage every call is rejected: only some of these are logged, all are counted. */
  #isLogged({ type }: RecoveryEvent): boolean {
    if (!this.#logEvents) return false;
    if (type !== 'refused' && type !== 'fallback' && type !== 'hedge') return true;
    this.#callLines += 1;
    return this.#callLines <= CALL_LINES_PER_TICK;
  }

  /** A shared breaker has one ID for all pipelines; its own events name no pipeline. */
  #idOf({ pipeline, policy }: RecoveryEvent): string {
    const key = `${pipeline}\n${policy}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const named = this.#core.members.all().filter(({ member }) => member.name === policy);
    const id = (named.find(({ groups }) => groups.includes(pipeline)) ?? named[0])?.member.id ?? policy;
    // Names come from code, but the name of a keyed breaker contains its key.
    if (this.#ids.size < 5_000) this.#ids.set(key, id);
    return id;
  }
}

/** @param report undefined when the breaker is no longer registered */
function allowsCalls(report: CircuitBreakerReport | undefined): boolean {
  return (
    report === undefined || (report.state === 'closed' && report.circuit === 'closed' && report.order === undefined)
  );
}

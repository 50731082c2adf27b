import type { CircuitBreakerReport, RecoveryEvent } from 'dualbrake';
import type { Measurement } from 'dualbrake/measurement';
import type { Drills } from '../drills/drills.ts';
import { firstFailureAt } from '../incidents/first-failure.ts';
import type { Incidents } from '../incidents/incidents.ts';
import { logEvent } from '../logs/event-lines.ts';
import type { LogStore } from '../logs/log-store.ts';
import { redactText } from '../logs/redact.ts';
import { ofKind } from '../views/listed.ts';
import { isoOf, type WallTime } from '../wall-time.ts';
import type { AuditedActions } from './audited-actions.ts';
import type { ChangeFeed, NewChange } from './change-feed.ts';
import type { Members } from './members.ts';

/** Log lines about single rejected or replaced calls in a second, at most. */
const CALL_LINES_PER_TICK = 100;

/** What `EventRecorder` is built from. */
export interface EventRecorderParts {
  readonly members: Members;
  readonly measurement: Measurement;
  readonly time: WallTime;
  readonly feed: ChangeFeed;
  readonly logs: LogStore;
  readonly incidents: Incidents;
  readonly drills: Drills;
  readonly audited: AuditedActions;
  /** Whether to write the events to the log view. */
  readonly logEvents: boolean;
}

/** Turns the registry's events into changes, log lines and incidents. */
export class EventRecorder {
  readonly #parts: EventRecorderParts;
  readonly #healthyBefore = new Map<string, boolean>();
  readonly #ids = new Map<string, string>();
  #callLines = 0;

  constructor(parts: EventRecorderParts) {
    this.#parts = parts;
  }

  record(event: RecoveryEvent): void {
    const { time, logs, feed, audited } = this.#parts;
    if (this.#isLogged(event)) logEvent(event, time.of(event.at), this.#idOf(event), logs);
    const change = this.#changeOf(event);
    if (change === undefined) return;
    feed.record(change);
    if (event.type === 'control' && event.order === 'isolate') {
      this.#isolated(change.target, event.reason ?? '', event.actor);
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
        at: isoOf(this.#parts.time.of(event.at)),
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
    const { members, incidents, drills, measurement, time } = this.#parts;
    const found = ofKind(members.all(), 'circuit-breaker').find(({ member }) => member.id === id);
    if (found === undefined) return;
    const now = time.of(event.at);
    // The circuit can close while an override still blocks the calls.
    if (event.to === 'closed' && found.member.report.state === 'closed') incidents.closed(id, now);
    if (event.to !== 'open' || event.trigger === 'operator') return;
    const first = firstFailureAt(measurement.breakers().get(id)?.log, found.member, event.at);
    const opening = {
      breaker: id,
      cause: 'automatic',
      reason: redactText(event.reason),
      firstFailureAt: first === undefined ? null : time.of(first),
      isDrill: drills.affects(id),
    } as const;
    incidents.opened(opening, now);
    drills.breakerOpened(id);
  }

  #isolated(id: string, reason: string, actor: string | undefined): void {
    const opening = {
      breaker: id,
      cause: 'operator',
      reason: redactText(reason),
      actor: actor ?? null,
      firstFailureAt: null,
      isDrill: false,
    } as const;
    this.#parts.incidents.opened(opening, this.#parts.time.now());
  }

  /** A breaker can be released, or unregistered, without a transition. */
  #closeReleased(now: number): void {
    const { incidents, members } = this.#parts;
    const open = incidents.keeper.open.flatMap((incident) =>
      incident.members.filter(({ closedAt }) => closedAt === null),
    );
    if (open.length === 0) return;
    const breakers = new Map(ofKind(members.all(), 'circuit-breaker').map(({ member }) => [member.id, member.report]));
    for (const { breaker } of open) if (allowsCalls(breakers.get(breaker))) incidents.closed(breaker, now);
  }

  /** In an outage every call is rejected: only some of these are logged, all are counted. */
  #isLogged({ type }: RecoveryEvent): boolean {
    if (!this.#parts.logEvents) return false;
    if (type !== 'refused' && type !== 'fallback' && type !== 'hedge') return true;
    this.#callLines += 1;
    return this.#callLines <= CALL_LINES_PER_TICK;
  }

  /** A shared breaker has one ID for all pipelines; events of its own have no pipeline. */
  #idOf({ pipeline, policy }: RecoveryEvent): string {
    const key = `${pipeline}\n${policy}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const named = this.#parts.members.all().filter(({ member }) => member.name === policy);
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

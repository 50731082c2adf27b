import type { MemberOfKind, RecoveryEvent } from 'dualbrake';
import { firstFailureAt } from '../incidents/first-failure.ts';
import { logEvent } from '../logs/event-lines.ts';
import { redactText } from '../logs/redact.ts';
import { listMembers, ofKind } from '../views/listed.ts';
import { isoOf } from '../wall-time.ts';
import type { ControlPlane } from './control-plane.ts';

/** Lines about single refused or replaced calls between two looks, at most. */
const CHATTER_PER_LOOK = 100;

/** What the registry tells becomes changes, lines of the log, and incidents. */
export class Happenings {
  readonly #plane: ControlPlane;
  readonly #writesLines: boolean;
  readonly #wellBefore = new Map<string, boolean>();
  readonly #ids = new Map<string, string>();
  #chatter = 0;

  constructor(plane: ControlPlane, writesLines: boolean) {
    this.#plane = plane;
    this.#writesLines = writesLines;
  }

  hear(event: RecoveryEvent): void {
    if (this.#isWorthALine(event)) logEvent(event, this.#plane.time.of(event.at), this.#idOf(event), this.#plane.logs);
    if (event.type !== 'transition' && event.type !== 'control' && event.type !== 'check' && event.type !== 'changed') {
      return;
    }
    const id = this.#idOf(event);
    const correlationId = event.attributes['correlationId'];
    const target = {
      target: id,
      target_name: event.policy,
      at: isoOf(this.#plane.time.of(event.at)),
      correlation_id: typeof correlationId === 'string' ? redactText(correlationId) : null,
    };
    if (event.type === 'transition') {
      const what = `${event.from} to ${event.to}`;
      const why = redactText(event.reason);
      this.#plane.add({ ...target, kind: 'transition', what, why, actor: null, trigger: event.trigger });
      this.#judge(id, event);
      if (event.trigger === 'health-check') {
        this.#plane.commands.note('recovery.reset', { type: 'breaker', id }, { from: event.from, to: event.to });
      }
    } else if (event.type === 'control') {
      const isHeld = event.what === 'order';
      this.#plane.add({
        ...target,
        kind: isHeld ? 'override' : 'control',
        what: event.order,
        why: redactText(event.reason ?? ''),
        actor: event.actor ?? null,
        trigger: 'operator',
      });
      if (event.order === 'isolate') this.#isolated(id, event.reason ?? '', event.actor);
    } else if (event.type === 'changed') {
      const names = Object.keys(event.to).filter((name) => event.to[name] !== event.from[name]);
      const what = names.map((name) => `${name} ${String(event.from[name])} to ${String(event.to[name])}`).join(', ');
      this.#plane.add({
        ...target,
        kind: 'config',
        what,
        why: 'settings were changed',
        actor: null,
        trigger: 'operator',
      });
    } else if ((this.#wellBefore.get(id) ?? true) !== event.healthy) {
      // Only what is new: a check each second is no news, nor is that all is well at the start.
      this.#wellBefore.set(id, event.healthy);
      const what = event.healthy ? 'healthy' : 'not healthy';
      this.#plane.add({ ...target, kind: 'check', what, why: 'automatic check', actor: null, trigger: 'health-check' });
    }
  }

  /** Once a second. */
  look(now: number): void {
    this.#chatter = 0;
    this.#closeMembers(now);
  }

  /** What a change of state means for incidents. */
  #judge(id: string, event: Extract<RecoveryEvent, { type: 'transition' }>): void {
    const now = this.#plane.time.of(event.at);
    if (event.to === 'closed') {
      // The circuit may be closed while an override still blocks the calls.
      if (this.#breaker(id)?.report.state === 'closed') this.#plane.tellIncident(this.#plane.incidents.closed(id, now));
      return;
    }
    if (event.to !== 'open' || event.trigger === 'operator') return;
    const breaker = this.#breaker(id);
    if (breaker === undefined) return;
    const isDrill = this.#plane.drills.affects(id);
    const first = firstFailureAt(this.#plane.measurement.breakers().get(id)?.log, breaker, event.at);
    const opening = {
      breaker: id,
      cause: 'automatic',
      reason: redactText(event.reason),
      firstFailureAt: first === undefined ? null : this.#plane.time.of(first),
      isDrill,
    } as const;
    this.#plane.tellIncident(this.#plane.incidents.opened(opening, now));
    this.#plane.drills.breakerOpened(id);
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
    this.#plane.tellIncident(this.#plane.incidents.opened(opening, this.#plane.time.now()));
  }

  /** A breaker may be let go, or gone, without a change of state. */
  #closeMembers(now: number): void {
    const waiting = this.#plane.incidents.open.flatMap(({ members }) =>
      members.filter(({ closedAt }) => closedAt === null),
    );
    if (waiting.length === 0) return;
    const breakers = ofKind(listMembers(this.#plane.registry), 'circuit-breaker');
    const reports = new Map(breakers.map(({ member }) => [member.id, member.report]));
    for (const { breaker } of waiting) {
      const report = reports.get(breaker);
      const isClosed = report === undefined || (report.state === 'closed' && report.circuit === 'closed');
      if (isClosed && report?.order === undefined) this.#plane.tellIncident(this.#plane.incidents.closed(breaker, now));
    }
  }

  #breaker(id: string): MemberOfKind<'circuit-breaker'> | undefined {
    return ofKind(listMembers(this.#plane.registry), 'circuit-breaker').find(({ member }) => member.id === id)?.member;
  }

  /** In an outage each call is refused: some of these a second are lines of the log, all of them are counted. */
  #isWorthALine({ type }: RecoveryEvent): boolean {
    if (!this.#writesLines) return false;
    if (type !== 'refused' && type !== 'fallback' && type !== 'hedge') return true;
    this.#chatter += 1;
    return this.#chatter <= CHATTER_PER_LOOK;
  }

  /** A shared breaker has one id, whichever pipeline it changed in; an order of its own names no pipeline. */
  #idOf({ pipeline, policy }: RecoveryEvent): string {
    const key = `${pipeline}\n${policy}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#findId(pipeline, policy);
    // Names come from code, but a keyed breaker's holds its key: so this has a bound, too.
    if (this.#ids.size < 5_000) this.#ids.set(key, id);
    return id;
  }

  #findId(pipeline: string, policy: string): string {
    const named = listMembers(this.#plane.registry).filter(({ member }) => member.name === policy);
    const found = named.find(({ groups }) => groups.includes(pipeline)) ?? named[0];
    return found?.member.id ?? policy;
  }
}

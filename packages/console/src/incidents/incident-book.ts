import type { ErrorView } from '../contract.ts';

/** How long all members must stay closed before an incident is resolved, in milliseconds. */
export const STABLE_MS = 60_000;
/** A breaker that opens within this time of a neighbour joins its incident, in milliseconds. */
export const JOIN_MS = 120_000;

/** Errors of one class and type at one breaker during an incident. Times are milliseconds since the epoch. */
export interface ErrorTally {
  readonly class: ErrorView['class'];
  readonly type: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly sample: {
    readonly at: number;
    readonly key: string;
    readonly pipeline: string;
    readonly correlationId: string | null;
  } | null;
}

/** A log line from around the opening. */
export interface NotedLine {
  readonly at: number;
  readonly message: string;
}

/** A breaker in an incident. Times are milliseconds since the epoch. */
export interface Member {
  readonly breaker: string;
  readonly cause: 'automatic' | 'operator';
  readonly reason: string;
  /** Name of the operator who isolated it. Absent in older records. */
  readonly actor?: string | null;
  /** First failure that counted towards the opening. Null for isolations. */
  readonly firstFailureAt: number | null;
  readonly openedAt: number;
  /** Null while it is not closed. */
  closedAt: number | null;
  /** How often it reopened. */
  flaps: number;
  /** From the first failure to the last closing. Absent in older records. */
  errors?: readonly ErrorTally[];
}

/** From the first opening until all breakers have stayed closed. Plain data, stored as it is. */
export interface Incident {
  readonly number: number;
  state: 'triggered' | 'acknowledged' | 'resolved';
  /** Caused by a drill, so it doesn't count towards recovery times. */
  readonly isDrill: boolean;
  readonly openedAt: number;
  acknowledgedAt: number | null;
  acknowledgedBy: string | null;
  /** When the last member closed. */
  resolvedAt: number | null;
  resolvedBy: string | null;
  readonly members: Member[];
  readonly notes: { readonly at: number; readonly actor: string; readonly text: string }[];
  /** Warnings and errors in the log from around the opening, once they have been collected. */
  lines?: readonly NotedLine[];
}

/** A breaker opened or was isolated. */
export interface Opening extends Pick<Member, 'breaker' | 'cause' | 'reason' | 'actor' | 'firstFailureAt'> {
  readonly isDrill: boolean;
}

/** A change of an incident. */
export interface IncidentNews {
  readonly incident: Incident;
  readonly what: 'opened' | 'joined' | 'reopened' | 'closed' | 'resolved' | 'acknowledged' | 'noted';
  readonly breaker: string | undefined;
}

/**
 * Groups openings of breakers into incidents. Has no clock.
 *
 * - A breaker that opens joins the open incident of a neighbour that opened within two minutes, or begins one. Drills and
 *   real failures never share an incident.
 * - A breaker that opens again in an open incident flaps.
 * - An incident is resolved when all its members have stayed closed for a minute.
 */
export class IncidentBook {
  readonly #open: Incident[];
  readonly #areNeighbours: (one: string, other: string) => boolean;
  #last: number;

  /** @param open unresolved incidents of an earlier process */
  constructor(
    areNeighbours: (one: string, other: string) => boolean,
    open: readonly Incident[] = [],
    lastNumber = open.reduce((most, { number }) => Math.max(most, number), 0),
  ) {
    this.#areNeighbours = areNeighbours;
    this.#open = [...open];
    this.#last = lastNumber;
  }

  /** Unresolved incidents, oldest first. */
  get open(): readonly Incident[] {
    return this.#open;
  }

  /** @returns undefined when it is already open in an incident */
  opened(opening: Opening, now: number): IncidentNews | undefined {
    const { breaker, isDrill, ...facts } = opening;
    const own = this.#open.find(({ members }) => members.some((member) => member.breaker === breaker));
    const member = own?.members.find((each) => each.breaker === breaker);
    if (own !== undefined && member !== undefined) {
      if (member.closedAt === null) return undefined;
      member.flaps += 1;
      member.closedAt = null;
      return { incident: own, what: 'reopened', breaker };
    }
    const added: Member = { breaker, ...facts, openedAt: now, closedAt: null, flaps: 0 };
    const joined = this.#open.find(
      (incident) =>
        incident.isDrill === isDrill &&
        incident.members.some(
          (other) => now - other.openedAt <= JOIN_MS && this.#areNeighbours(other.breaker, breaker),
        ),
    );
    if (joined !== undefined) {
      joined.members.push(added);
      return { incident: joined, what: 'joined', breaker };
    }
    this.#last += 1;
    const incident: Incident = {
      number: this.#last,
      state: 'triggered',
      isDrill,
      openedAt: now,
      acknowledgedAt: null,
      acknowledgedBy: null,
      resolvedAt: null,
      resolvedBy: null,
      members: [added],
      notes: [],
    };
    this.#open.push(incident);
    return { incident, what: 'opened', breaker };
  }

  /** @returns undefined when it is not open in an incident */
  closed(breaker: string, now: number): IncidentNews | undefined {
    for (const incident of this.#open) {
      const member = incident.members.find((each) => each.breaker === breaker && each.closedAt === null);
      if (member === undefined) continue;
      member.closedAt = now;
      return { incident, what: 'closed', breaker };
    }
    return undefined;
  }

  /** Resolves stable incidents. */
  tick(now: number): IncidentNews[] {
    return this.#open
      .filter((incident) => now - (stableSince(incident) ?? Infinity) >= STABLE_MS)
      .map((incident) => this.#end(incident, 'rule'));
  }

  /** @returns undefined when it was acknowledged or resolved before */
  acknowledge(number: number, actor: string, now: number): IncidentNews | undefined {
    const incident = this.find(number);
    if (incident === undefined || incident.state !== 'triggered') return undefined;
    incident.state = 'acknowledged';
    incident.acknowledgedAt = now;
    incident.acknowledgedBy = actor;
    return { incident, what: 'acknowledged', breaker: undefined };
  }

  note(incident: Incident, actor: string, text: string, now: number): IncidentNews {
    incident.notes.push({ at: now, actor, text });
    return { incident, what: 'noted', breaker: undefined };
  }

  /** @returns undefined while a member is not closed */
  resolve(number: number, actor: string): IncidentNews | undefined {
    const incident = this.find(number);
    return incident === undefined || stableSince(incident) === undefined ? undefined : this.#end(incident, actor);
  }

  /** Undoes a resolution that could not be stored. */
  reopen(incident: Incident): void {
    if (incident.state !== 'resolved' && !this.#open.includes(incident)) this.#open.push(incident);
  }

  /** Finds an unresolved incident. */
  find(number: number): Incident | undefined {
    return this.#open.find((incident) => incident.number === number);
  }

  #end(incident: Incident, by: string): IncidentNews {
    incident.state = 'resolved';
    incident.resolvedAt = stableSince(incident) ?? incident.openedAt;
    incident.resolvedBy = by;
    this.#open.splice(this.#open.indexOf(incident), 1);
    return { incident, what: 'resolved', breaker: undefined };
  }
}

/** When the last member closed. Undefined while one is not closed. */
function stableSince({ members }: Incident): number | undefined {
  let last = 0;
  for (const { closedAt } of members) {
    if (closedAt === null) return undefined;
    last = Math.max(last, closedAt);
  }
  return last;
}

/** Recovery times of one breaker in resolved incidents, without drills and isolations. */
export interface Recoveries {
  readonly count: number;
  readonly meanMs: number | null;
  readonly p95Ms: number | null;
  readonly longestMs: number | null;
  readonly flaps: number;
}

export function recoveriesOf(breaker: string, resolved: readonly Incident[]): Recoveries {
  const members = resolved
    .filter(({ isDrill, state }) => !isDrill && state === 'resolved')
    .flatMap(({ members: all }) =>
      all.filter((member) => member.breaker === breaker && member.closedAt !== null && member.cause === 'automatic'),
    );
  const times = members
    .map(({ openedAt, closedAt }) => (closedAt ?? openedAt) - openedAt)
    .toSorted((one, other) => one - other);
  if (times.length === 0) return { count: 0, meanMs: null, p95Ms: null, longestMs: null, flaps: 0 };
  return {
    count: times.length,
    meanMs: times.reduce((sum, time) => sum + time, 0) / times.length,
    p95Ms: times[Math.ceil(0.95 * times.length) - 1] ?? null,
    longestMs: times.at(-1) ?? null,
    flaps: members.reduce((sum, { flaps }) => sum + flaps, 0),
  };
}

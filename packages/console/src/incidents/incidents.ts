import type { IncidentDetail, IncidentView } from '../contract.ts';
import type { ActionRequest, AuditedActions } from '../control/audited-actions.ts';
import type { ChangeFeed } from '../control/change-feed.ts';
import { notFound, notPossible, type Problem } from '../problem.ts';
import type { Store } from '../store/store.ts';
import type { WallTime } from '../wall-time.ts';
import type { Incident, IncidentNews, Opening } from './incident-book.ts';
import { incidentDetail } from './incident-detail.ts';
import type { IncidentKeeper } from './incident-keeper.ts';
import { incidentTitle, incidentView, severityOf } from './incident-view.ts';

/** What `Incidents` is built from. */
export interface IncidentParts {
  readonly keeper: IncidentKeeper;
  readonly store: Store;
  readonly time: WallTime;
  readonly feed: ChangeFeed;
  readonly audited: AuditedActions;
  readonly nameOf: (breaker: string) => string;
}

/** Incidents as users see them: what changes them is published, and what users do to them is audited. */
export class Incidents {
  readonly keeper: IncidentKeeper;
  /** Incidents that ended in this process, by final severity. */
  readonly ended = { minor: 0, major: 0 };
  readonly #parts: IncidentParts;

  constructor(parts: IncidentParts) {
    this.keeper = parts.keeper;
    this.#parts = parts;
  }

  opened(opening: Opening, now: number): void {
    this.#publish(this.keeper.opened(opening, now));
  }

  closed(breaker: string, now: number): void {
    this.#publish(this.keeper.closed(breaker, now));
  }

  /** Runs every second. */
  tick(now: number): void {
    for (const news of this.keeper.tick(now)) this.#publish(news);
  }

  /** @throws Problem not-found */
  find(number: string): Incident {
    const found = /^\d{1,9}$/.test(number) ? this.keeper.find(Number(number)) : undefined;
    if (found === undefined) throw notFound('such incident');
    return found;
  }

  show(incident: Incident): IncidentView {
    return incidentView(incident, this.#parts.nameOf);
  }

  detail(incident: Incident): IncidentDetail {
    const { store, time, nameOf } = this.#parts;
    const now = time.now();
    this.keeper.refresh(incident, now);
    return incidentDetail(incident, { store, lines: this.keeper.linesOf(incident), now, nameOf });
  }

  /** @throws Problem not-legal, audit-unavailable */
  acknowledge(request: ActionRequest, incident: Incident, note: string | undefined): IncidentView {
    if (incident.state !== 'triggered')
      throw this.#notPossible(incident, 'It has already been acknowledged or resolved.');
    const { user } = request;
    return this.#change(request, incident, 'acknowledge', note, (now) => {
      const news = this.keeper.book.acknowledge(incident.number, user.name, now);
      if (news !== undefined && note !== undefined) this.keeper.book.note(incident, user.name, note, now);
      return news;
    });
  }

  /** @throws Problem audit-unavailable */
  note(request: ActionRequest, incident: Incident, note: string): IncidentView {
    return this.#change(request, incident, 'note', note, (now) =>
      this.keeper.book.note(incident, request.user.name, note, now),
    );
  }

  /** @throws Problem not-legal, audit-unavailable */
  resolve(request: ActionRequest, incident: Incident, reason: string): IncidentView {
    const open = incident.members.filter(({ closedAt }) => closedAt === null);
    if (incident.state === 'resolved') throw this.#notPossible(incident, 'It is already resolved.');
    if (open.length > 0) {
      const names = open.map(({ breaker }) => this.#parts.nameOf(breaker)).join(', ');
      throw this.#notPossible(incident, `Calls are still blocked: ${names}.`);
    }
    return this.#change(request, incident, 'resolve', reason, () =>
      this.keeper.book.resolve(incident.number, request.user.name),
    );
  }

  #notPossible({ state }: Incident, message: string): Problem {
    return notPossible(message, { state });
  }

  /** Changes the incident, and undoes that if it cannot be stored. */
  #change(
    request: ActionRequest,
    incident: Incident,
    action: string,
    reason: string | undefined,
    change: (now: number) => IncidentNews | undefined,
  ): IncidentView {
    const { audited, time } = this.#parts;
    const before = structuredClone(incident);
    let news: IncidentNews | undefined;
    try {
      return audited.carryOutAndKeep(
        request,
        {
          action: `incident.${action}`,
          target: { type: 'incident', id: String(incident.number) },
          reason,
          before: { state: before.state },
        },
        {
          keep: () => {
            news = change(time.now());
            if (news !== undefined) this.keeper.keep(news);
            return { after: { state: incident.state }, result: this.show(incident) };
          },
          apply: () => {
            this.keeper.ended(incident);
            this.#publish(news, request.user.name);
          },
        },
      );
    } catch (error) {
      this.keeper.undo(incident, before);
      throw error;
    }
  }

  #publish(news: IncidentNews | undefined, actor: string | null = null): void {
    if (news === undefined) return;
    const { feed, nameOf } = this.#parts;
    const { incident, what, breaker } = news;
    if (what === 'resolved') this.ended[severityOf(incident)] += 1;
    feed.record({
      kind: 'incident',
      target: String(incident.number),
      target_name: `Incident ${incident.number}`,
      // Only this breaker closed; the incident ends when all of them have stayed closed.
      what: breaker === undefined ? what : `${what === 'closed' ? 'breaker closed' : what}: ${nameOf(breaker)}`,
      why: incidentTitle(incident, nameOf),
      actor,
    });
  }
}

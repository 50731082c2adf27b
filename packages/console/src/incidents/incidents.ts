import type { IncidentDetail, IncidentView, RecoveryFigures } from '../contract.ts';
import type { ActionRequest } from '../control/audited-actions.ts';
import type { Core } from '../control/core.ts';
import { notFound, notPossible } from '../problem.ts';
import { snakeCased } from '../views/snake-case.ts';
import {
  IncidentBook,
  recoveriesOf,
  type Incident,
  type IncidentNews,
  type NotedLine,
  type Opening,
} from './incident-book.ts';
import { firstFailureOf, incidentDetail } from './incident-detail.ts';
import { IncidentErrors } from './incident-errors.ts';
import { incidentTitle, incidentView, severityOf } from './incident-view.ts';
import { noticeableLines } from './noticeable-lines.ts';

/** Resolved incidents that recovery times are calculated from. */
const RESOLVED_SEEN = 1_000;
/** How long after an opening log lines are collected: the supervisor's line can follow the first failure. */
const LINES_AFTER_MS = 2_000;
/** How long before the first failure log lines are collected, in milliseconds. */
const LINES_BEFORE_MS = 30_000;

/**
 * Incidents: stored, published and, if a user changes them, audited. The rules are in `IncidentBook`. Writes are delayed
 * while the store is unavailable.
 */
export class Incidents {
  /** Incidents that ended in this process, by final severity. */
  readonly ended = { minor: 0, major: 0 };
  readonly #core: Core;
  readonly #book: IncidentBook;
  readonly #errors: IncidentErrors;
  readonly #dirty = new Set<Incident>();
  #resolved: Incident[];

  constructor(core: Core) {
    this.#core = core;
    this.#errors = new IncidentErrors(core);
    const { file } = core.store;
    const last = file.get('select max(number) as number from incidents');
    this.#resolved = file.payloads(
      `select payload from incidents where state = 'resolved' order by number desc limit ${RESOLVED_SEEN}`,
    );
    this.#book = new IncidentBook(
      (one, other) => core.members.neighboursOf(one).has(other),
      file.payloads("select payload from incidents where state <> 'resolved' order by number"),
      Number(last?.['number'] ?? 0),
    );
  }

  /** Unresolved incidents, newest first. */
  get open(): readonly Incident[] {
    return this.#book.open.toReversed();
  }

  opened(opening: Opening, now: number): void {
    const news = this.#book.opened(opening, now);
    const member = news?.incident.members.find(({ breaker }) => breaker === opening.breaker);
    if (news !== undefined && member !== undefined && news.what !== 'reopened') {
      this.#errors.begin(news.incident, member);
    }
    this.#noted(news);
  }

  closed(breaker: string, now: number): void {
    const news = this.#book.closed(breaker, now);
    const member = news?.incident.members.find((each) => each.breaker === breaker);
    // Later errors don't count unless the breaker reopens.
    if (news !== undefined && member !== undefined) this.#errors.settle(news.incident, member);
    this.#noted(news);
  }

  /** Resolves stable incidents and writes pending changes. Runs every second. */
  tick(now: number): void {
    this.#errors.tick();
    for (const incident of this.#book.open) this.#refresh(incident, now);
    for (const news of this.#book.tick(now)) this.#noted(news);
    this.flush();
  }

  /** @throws Problem not-found */
  find(text: string): Incident {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    const found =
      this.#book.find(number) ??
      this.#resolved.find((incident) => incident.number === number) ??
      this.#core.store.file.payloads<Incident>('select payload from incidents where number = ?', number)[0];
    if (found === undefined) throw notFound('such incident');
    return found;
  }

  /** Newest first. */
  list(state: Incident['state'] | 'open' | undefined, before: number, limit: number): Incident[] {
    this.flush();
    const open = this.open.filter(
      (each) => each.number < before && (state === undefined || state === 'open' || each.state === state),
    );
    if (state !== undefined && state !== 'resolved') return open.slice(0, limit);
    const sql = "select payload from incidents where number < ? and state = 'resolved' order by number desc limit ?";
    const resolved = this.#core.store.file.payloads<Incident>(sql, before, limit);
    return [...open, ...resolved].toSorted((one, other) => other.number - one.number).slice(0, limit);
  }

  show(incident: Incident): IncidentView {
    return incidentView(incident, this.#core.nameOf);
  }

  detail(incident: Incident): IncidentDetail {
    const { store, time, nameOf } = this.#core;
    const now = time.now();
    this.#refresh(incident, now);
    return incidentDetail(incident, { store, lines: this.#linesOf(incident), now, nameOf });
  }

  recoveries(breaker: string): RecoveryFigures {
    return snakeCased(recoveriesOf(breaker, this.#resolved));
  }

  /** Recoveries of one breaker, newest first, drills included. */
  recoveryList(breaker: string): { incident: Incident; openedAt: number; closedAt: number; flaps: number }[] {
    return this.#resolved.flatMap((incident) =>
      incident.members
        .filter((member) => member.breaker === breaker && member.closedAt !== null && member.cause === 'automatic')
        .map(({ openedAt, closedAt, flaps }) => ({ incident, openedAt, closedAt: closedAt ?? openedAt, flaps })),
    );
  }

  /** @throws Problem not-legal, audit-unavailable */
  acknowledge(request: ActionRequest, incident: Incident, note: string | undefined): IncidentView {
    const { number, state } = incident;
    if (state !== 'triggered') throw notPossible('It has already been acknowledged or resolved.', { state });
    const { name } = request.user;
    return this.#change(request, incident, 'acknowledge', note, (now) => {
      const news = this.#book.acknowledge(number, name, now);
      if (news !== undefined && note !== undefined) this.#book.note(incident, name, note, now);
      return news;
    });
  }

  /** @throws Problem audit-unavailable */
  note(request: ActionRequest, incident: Incident, note: string): IncidentView {
    return this.#change(request, incident, 'note', note, (now) =>
      this.#book.note(incident, request.user.name, note, now),
    );
  }

  /** @throws Problem not-legal, audit-unavailable */
  resolve(request: ActionRequest, incident: Incident, reason: string): IncidentView {
    const { number, state } = incident;
    const open = incident.members.filter(({ closedAt }) => closedAt === null);
    if (state === 'resolved') throw notPossible('It is already resolved.', { state });
    if (open.length > 0) {
      const names = open.map(({ breaker }) => this.#core.nameOf(breaker)).join(', ');
      throw notPossible(`Calls are still blocked: ${names}.`, { state });
    }
    return this.#change(request, incident, 'resolve', reason, () => this.#book.resolve(number, request.user.name));
  }

  /** Writes pending changes. */
  flush(): void {
    const { file } = this.#core.store;
    if (this.#dirty.size === 0 || !file.isWritable) return;
    try {
      file.write(() => this.#dirty.forEach((incident) => this.#write(incident)));
      this.#dirty.clear();
    } catch {
      // The store reports the problem.
    }
  }

  /** Changes the incident, and undoes that if it can't be stored. */
  #change(
    request: ActionRequest,
    incident: Incident,
    action: string,
    reason: string | undefined,
    change: (now: number) => IncidentNews | undefined,
  ): IncidentView {
    const { audited, time } = this.#core;
    const before = structuredClone(incident);
    const target = { type: 'incident', id: String(incident.number) };
    const intent = { action: `incident.${action}`, target, reason, before: { state: before.state } };
    let news: IncidentNews | undefined;
    try {
      return audited.carryOutAndKeep(request, intent, {
        keep: () => {
          news = change(time.now());
          if (news !== undefined) this.#write(incident);
          return { after: { state: incident.state }, result: this.show(incident) };
        },
        apply: () => {
          this.#dirty.delete(incident);
          this.#publish(news, request.user.name);
        },
      });
    } catch (error) {
      Object.assign(incident, before);
      this.#book.reopen(incident);
      throw error;
    }
  }

  /** Updates the errors and the log lines of an open incident. */
  #refresh(incident: Incident, now: number): void {
    if (incident.state === 'resolved') return;
    if (this.#errors.update(incident)) this.#dirty.add(incident);
    if (incident.lines !== undefined || now - incident.openedAt < LINES_AFTER_MS) return;
    incident.lines = this.#linesOf(incident);
    this.#dirty.add(incident);
  }

  /** Log lines from around the opening. */
  #linesOf(incident: Incident): readonly NotedLine[] {
    if (incident.lines !== undefined) return incident.lines;
    const from = firstFailureOf(incident) - LINES_BEFORE_MS;
    return noticeableLines(this.#core.logs, from, incident.openedAt + LINES_AFTER_MS);
  }

  #noted(news: IncidentNews | undefined): void {
    if (news !== undefined) this.#dirty.add(news.incident);
    this.#publish(news);
  }

  #publish(news: IncidentNews | undefined, actor: string | null = null): void {
    if (news === undefined) return;
    const { feed, nameOf } = this.#core;
    const { incident, what, breaker } = news;
    if (what === 'resolved') {
      this.ended[severityOf(incident)] += 1;
      this.#errors.forget(incident);
      this.#resolved = [incident, ...this.#resolved].slice(0, RESOLVED_SEEN);
    }
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

  #write(incident: Incident): void {
    this.#core.store.file.run(
      'insert or replace into incidents (number, state, opened_at, payload) values (?, ?, ?, ?)',
      incident.number,
      incident.state,
      incident.openedAt,
      JSON.stringify(incident),
    );
  }
}

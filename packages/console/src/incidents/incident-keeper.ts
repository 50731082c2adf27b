import type { Store } from '../store/store.ts';
import {
  IncidentBook,
  type Incident,
  type IncidentNews,
  type NotedLine,
  type Opening,
  type Recoveries,
  recoveriesOf,
} from './incident-book.ts';
import type { IncidentErrors } from './incident-errors.ts';

/** Resolved incidents that recovery times are calculated from. */
const RESOLVED_SEEN = 1_000;

/** How long after an opening log lines are collected: the supervisor's line can follow the first failure. */
const LINES_AFTER_MS = 2_000;
/** How long before the first failure log lines are collected, in milliseconds. */
const LINES_BEFORE_MS = 30_000;

/** What `IncidentKeeper` is built from. */
export interface IncidentSources {
  /** Whether two breakers fail together. */
  readonly areNeighbours: (one: string, other: string) => boolean;
  readonly errors: IncidentErrors;
  /** Warnings and errors in the log that don't belong to a single call, oldest first. Milliseconds since the epoch. */
  readonly linesBetween: (from: number, to: number) => readonly NotedLine[];
}

/** Stores incidents. Writes are delayed while the store is unavailable. */
export class IncidentKeeper {
  readonly book: IncidentBook;
  readonly #store: Store;
  readonly #sources: IncidentSources;
  readonly #dirty = new Set<Incident>();
  #resolved: Incident[];

  constructor(store: Store, sources: IncidentSources) {
    this.#store = store;
    this.#sources = sources;
    const read = (sql: string): Incident[] =>
      store.file.all(sql).map((row) => JSON.parse(String(row['payload'])) as Incident);
    const last = store.file.get('select max(number) as number from incidents');
    this.#resolved = read(
      `select payload from incidents where state = 'resolved' order by number desc limit ${RESOLVED_SEEN}`,
    );
    const open = read("select payload from incidents where state <> 'resolved' order by number");
    this.book = new IncidentBook(sources.areNeighbours, open, Number(last?.['number'] ?? 0));
  }

  /** Unresolved incidents, newest first. */
  get open(): readonly Incident[] {
    return this.book.open.toReversed();
  }

  opened(opening: Opening, now: number): IncidentNews | undefined {
    const news = this.book.opened(opening, now);
    const member = news?.incident.members.find(({ breaker }) => breaker === opening.breaker);
    if (news !== undefined && member !== undefined && news.what !== 'reopened')
      this.#sources.errors.begin(news.incident, member);
    return this.#noted(news);
  }

  closed(breaker: string, now: number): IncidentNews | undefined {
    const news = this.book.closed(breaker, now);
    const member = news?.incident.members.find((each) => each.breaker === breaker);
    // Later errors don't count unless the breaker reopens.
    if (news !== undefined && member !== undefined) this.#sources.errors.settle(news.incident, member);
    return this.#noted(news);
  }

  /** Resolves stable incidents and writes pending changes. Runs every second. */
  tick(now: number): IncidentNews[] {
    this.book.open.forEach((incident) => this.refresh(incident, now));
    const ended = this.book.tick(now);
    for (const news of ended) this.#noted(news);
    this.flush();
    return ended;
  }

  /** Updates the errors and the log lines of an open incident. */
  refresh(incident: Incident, now: number): void {
    if (incident.state === 'resolved') return;
    if (this.#sources.errors.update(incident)) this.#dirty.add(incident);
    if (incident.lines !== undefined) return;
    const lines = this.linesOf(incident);
    if (now - incident.openedAt < LINES_AFTER_MS) return;
    incident.lines = lines;
    this.#dirty.add(incident);
  }

  /** Log lines from around the opening. */
  linesOf(incident: Incident): readonly NotedLine[] {
    if (incident.lines !== undefined) return incident.lines;
    const first = Math.min(
      incident.openedAt,
      ...incident.members.map(({ firstFailureAt }) => firstFailureAt ?? Infinity),
    );
    return this.#sources.linesBetween(first - LINES_BEFORE_MS, incident.openedAt + LINES_AFTER_MS);
  }

  /** Stores a user's change. Only within a transaction of the store's file. */
  keep(news: IncidentNews): IncidentNews {
    this.#write(news.incident);
    this.#dirty.delete(news.incident);
    return news;
  }

  /** Undoes a change that could not be stored. */
  undo(incident: Incident, before: Incident): void {
    Object.assign(incident, before);
    this.book.reopen(incident);
  }

  /** Takes note that an incident was resolved and stored. */
  ended(incident: Incident): void {
    if (incident.state !== 'resolved' || this.#resolved.includes(incident)) return;
    this.#sources.errors.forget(incident);
    this.#resolved = [incident, ...this.#resolved].slice(0, RESOLVED_SEEN);
  }

  find(number: number): Incident | undefined {
    const open = this.book.find(number);
    if (open !== undefined) return open;
    const waiting = this.#resolved.find((incident) => incident.number === number);
    if (waiting !== undefined) return waiting;
    const row = this.#store.file.get('select payload from incidents where number = ?', number);
    return row === undefined ? undefined : (JSON.parse(String(row['payload'])) as Incident);
  }

  /** Newest first. */
  list(state: Incident['state'] | 'open' | undefined, before: number, limit: number): Incident[] {
    this.flush();
    const open = this.open.filter(({ number }) => number < before);
    if (state === 'open') return open.slice(0, limit);
    if (state !== undefined && state !== 'resolved') return open.filter((each) => each.state === state).slice(0, limit);
    const kept = this.#store.file
      .all(
        "select payload from incidents where number < ? and state = 'resolved' order by number desc limit ?",
        before,
        limit,
      )
      .map((row) => JSON.parse(String(row['payload'])) as Incident);
    if (state === 'resolved') return kept;
    return [...open, ...kept].toSorted((one, other) => other.number - one.number).slice(0, limit);
  }

  recoveries(breaker: string): Recoveries {
    return recoveriesOf(breaker, this.#resolved);
  }

  /** Recoveries of one breaker, newest first, drills included. */
  recoveryList(breaker: string): { incident: Incident; openedAt: number; closedAt: number; flaps: number }[] {
    return this.#resolved.flatMap((incident) =>
      incident.members
        .filter((member) => member.breaker === breaker && member.closedAt !== null && member.cause === 'automatic')
        .map(({ openedAt, closedAt, flaps }) => ({ incident, openedAt, closedAt: closedAt ?? openedAt, flaps })),
    );
  }

  flush(): void {
    if (this.#dirty.size === 0 || !this.#store.file.isWritable) return;
    try {
      this.#store.file.write(() => this.#dirty.forEach((incident) => this.#write(incident)));
      this.#dirty.clear();
    } catch {
      // The file has told why.
    }
  }

  #noted(news: IncidentNews | undefined): IncidentNews | undefined {
    if (news === undefined) return undefined;
    this.#dirty.add(news.incident);
    this.ended(news.incident);
    return news;
  }

  #write(incident: Incident): void {
    this.#store.file.run(
      'insert or replace into incidents (number, state, opened_at, payload) values (?, ?, ?, ?)',
      incident.number,
      incident.state,
      incident.openedAt,
      JSON.stringify(incident),
    );
  }
}

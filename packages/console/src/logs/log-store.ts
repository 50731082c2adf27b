import type { z } from 'zod';
import { logLevels, type logQuery } from '../contract/logs.ts';
import type { LogLevel, LogLine, LogPage } from '../contract.ts';
import { type KeptLine, LineRing } from './line-ring.ts';
import { redact, redactText } from './redact.ts';
import { isoOf } from '../wall-time.ts';

/** How many lines are kept. */
export interface LogLimits {
  /** Default 20,000. */
  readonly maxLines?: number;
  /** Characters of all lines together. Default 16,000,000. */
  readonly maxCharacters?: number;
}

/** As in `GET /logs`. */
type LogSearch = Partial<z.output<typeof logQuery>>;

type Fields = Readonly<Record<string, unknown>>;

/** Lines are processed in batches, so that writing one costs next to nothing. */
const BATCH_MS = 100;
/** Lines that wait for the next batch, at most; more are dropped and counted. */
const WAITING_MAX = 5_000;
/** The share of lines about strangers, in the queue and in the store. */
const STRANGERS_SHARE = 0.1;
/** Marks a line about a person who is not signed in. Inside a JSON string, the quotes would be escaped. */
const STRANGER_MARK = '"stranger":true';
/** Longer lines are truncated before they are parsed. */
const LINE_MAX = 64_000;

/** Fields of a line that are not listed in `fields`. */
const ownFields = new Set('level time msg message correlation_id correlationId breaker pid hostname'.split(' '));

/**
 * The most recent lines of the log, in memory. Secrets are removed before a line is kept. Feed it from pino, as a stream,
 * or line by line.
 *
 * Lines with `stranger: true` are about people who are not signed in. Anybody can cause any number of those, so they have
 * a tenth of the space for themselves and can't displace other lines.
 */
export class LogStore {
  readonly #lines: LineRing;
  readonly #strangers: LineRing;
  readonly #wallClock: () => number;
  readonly #defer: (delayMs: number, work: () => void) => () => void;
  readonly #listeners = new Set<(lines: readonly LogLine[]) => void>();
  #seq = 0;
  #dropped = 0;
  #waiting: (string | Fields)[] = [];
  #waitingStrangers = 0;
  #cancel: (() => void) | undefined;

  constructor(
    wallClock: () => number,
    defer: (delayMs: number, work: () => void) => () => void,
    { maxLines = 20_000, maxCharacters = 16_000_000 }: LogLimits = {},
  ) {
    this.#wallClock = wallClock;
    this.#defer = defer;
    this.#lines = new LineRing({ maxLines, maxCharacters });
    this.#strangers = new LineRing({
      maxLines: Math.ceil(maxLines * STRANGERS_SHARE),
      maxCharacters: Math.ceil(maxCharacters * STRANGERS_SHARE),
    });
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Adds a line of text: JSON as pino writes it, or anything else. Never throws. */
  write(line: string): void {
    this.#wait(line.slice(0, LINE_MAX));
  }

  /** Adds a line as an object with `level`, `msg`, `time` and other fields. */
  add(fields: Fields): void {
    this.#wait({ time: this.#wallClock(), ...fields });
  }

  /** @returns ends the subscription */
  subscribe(listener: (lines: readonly LogLine[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#cancel?.();
    this.#listeners.clear();
  }

  /** Processes waiting lines at once. */
  settle(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#waitingStrangers = 0;
    const added = waiting.map((line) => this.#keep(line));
    this.#lines.shrink();
    this.#strangers.shrink();
    for (const listener of this.#listeners) listener(added);
  }

  /** @returns undefined if lines after the cursor are no longer kept, so that the next page would have a gap */
  search(search: LogSearch): LogPage | undefined {
    const { q, level, breaker, correlation_id: correlationId, order = 'newest', limit = Infinity, cursor } = search;
    const from = Date.parse(search.from ?? '') || -Infinity;
    const to = Date.parse(search.to ?? '') || Infinity;
    const after = cursor === undefined ? undefined : Number.parseInt(cursor, 10) || 0;
    this.settle();
    // Towards older lines, dropped lines are simply the end. Strangers' lines are ignored: anybody could cause a gap.
    if (after !== undefined && order === 'oldest' && after < this.#lines.lastGone) return undefined;
    const minLevel = level === undefined ? 0 : logLevels.indexOf(level);
    const wanted = q?.toLowerCase();
    const fits = (each: KeptLine): boolean =>
      each.level >= minLevel &&
      each.atMs >= from &&
      each.atMs <= to &&
      (breaker === undefined || each.line.breaker === breaker) &&
      (correlationId === undefined || each.line.correlation_id === correlationId) &&
      (after === undefined || (order === 'newest' ? each.line.seq < after : each.line.seq > after)) &&
      (wanted === undefined || (each.text ??= textOf(each.line)).includes(wanted));
    const direction = order === 'newest' ? -1 : 1;
    const all = [...this.#lines.lines, ...this.#strangers.lines];
    const lines: LogLine[] = [];
    let more = false;
    for (const each of all.toSorted((one, other) => (one.line.seq - other.line.seq) * direction)) {
      if (!fits(each)) continue;
      more = lines.length === limit;
      if (more) break;
      lines.push(each.line);
    }
    return {
      lines,
      next_cursor: more ? String(lines.at(-1)?.seq ?? 0) : null,
      oldest_seq: this.#lines.oldest?.line.seq ?? this.#seq + 1,
      kept: all.length,
      dropped: this.#dropped,
    };
  }

  #wait(line: string | Fields): void {
    const stranger = isAboutStranger(line);
    const isFull = stranger
      ? this.#waitingStrangers >= WAITING_MAX * STRANGERS_SHARE
      : this.#waiting.length - this.#waitingStrangers >= WAITING_MAX;
    if (isFull) {
      this.#dropped += 1;
      return;
    }
    if (stranger) this.#waitingStrangers += 1;
    this.#waiting.push(line);
    this.#cancel ??= this.#defer(BATCH_MS, () => this.settle());
  }

  #keep(line: string | Fields): LogLine {
    const fields = typeof line === 'string' ? parsed(line) : line;
    this.#seq += 1;
    const atMs = timeOf(fields['time']) ?? this.#wallClock();
    const level = levelOf(fields['level']);
    const others = Object.entries(fields).filter(([name]) => !ownFields.has(name));
    const made: LogLine = {
      seq: this.#seq,
      at: isoOf(atMs),
      level,
      message: textField(fields, 'msg', 'message') ?? '',
      correlation_id: textField(fields, 'correlation_id', 'correlationId'),
      breaker: textField(fields, 'breaker'),
      fields: redact(Object.fromEntries(others)) as Record<string, unknown>,
    };
    const ring = isAboutStranger(line) ? this.#strangers : this.#lines;
    const size = JSON.stringify(made).length;
    ring.push({ line: made, atMs, level: logLevels.indexOf(level), text: undefined, size });
    return made;
  }
}

function isAboutStranger(line: string | Fields): boolean {
  return typeof line === 'string' ? line.includes(STRANGER_MARK) : line['stranger'] === true;
}

function parsed(line: string): Fields {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  } catch {
    // Plain text.
  }
  return { msg: line.trimEnd() };
}

/** The first of these fields that is text. */
function textField(fields: Fields, ...names: readonly string[]): string | null {
  const text = names.map((name) => fields[name]).find((value) => typeof value === 'string');
  return text === undefined ? null : redactText(text);
}

/** Accepts pino's numbers and names. */
function levelOf(level: unknown): LogLevel {
  if (typeof level === 'number') return logLevels[Math.min(Math.max(Math.floor(level / 10) - 1, 0), 5)] ?? 'info';
  return logLevels.find((known) => known === level) ?? 'info';
}

function timeOf(time: unknown): number | undefined {
  const at = typeof time === 'string' ? Date.parse(time) : typeof time === 'number' ? time : Number.NaN;
  return Math.abs(at) <= 8.64e15 ? at : undefined;
}

function textOf(line: LogLine): string {
  return `${line.message} ${line.correlation_id ?? ''} ${line.breaker ?? ''} ${JSON.stringify(line.fields)}`.toLowerCase();
}

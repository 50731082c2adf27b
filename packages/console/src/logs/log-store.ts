import { logLevels } from '../contract/logs.ts';
import type { LogLevel, LogLine, LogPage } from '../contract.ts';
import { type KeptLine, LineRing, merged } from './line-ring.ts';
import { redact, redactText } from './redact.ts';

/** How many lines are kept. */
export interface LogLimits {
  /** Default 20,000. */
  readonly maxLines?: number;
  /** Characters of all lines together. Default 16,000,000. */
  readonly maxCharacters?: number;
}

/** What is looked for. Times are milliseconds since the epoch. */
export interface LogSearch {
  readonly q?: string | undefined;
  readonly level?: LogLevel | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly breaker?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly order: 'newest' | 'oldest';
  readonly limit: number;
  /** Sequence of the last line of the page before. */
  readonly after?: number | undefined;
}

/** What came in is looked at in batches this often, in milliseconds, so that writing a line costs next to nothing. */
const BATCH_MS = 100;
/** Lines that wait for the next batch, at most; of a flood the rest is counted as dropped. */
const WAITING_MAX = 5_000;
/** The same for lines of strangers, and what is kept of them beside the others. */
const STRANGERS_SHARE = 0.1;
/** How a line says that it is about somebody who is not signed in. In JSON, quotes inside of a text are escaped. */
const STRANGER_MARK = '"stranger":true';
/** A line that is longer is cut before it is read. */
const LINE_MAX = 64_000;

/** Fields of a line that have a place of their own. */
const ownFields = new Set([
  'level',
  'time',
  'msg',
  'message',
  'correlation_id',
  'correlationId',
  'breaker',
  'pid',
  'hostname',
]);

/**
 * The last lines of the log, in memory. Secrets are taken out at the door, by the names of members and by the look of
 * values; what is kept never had them. Feed it from pino, as a stream, or line by line.
 *
 * Lines with `stranger: true` are about somebody who is not signed in. Anybody can cause any number of those, so they
 * have a tenth of the room, beside the others: a flood of them pushes out nothing but themselves.
 */
export class LogStore {
  readonly #lines: LineRing;
  readonly #strangers: LineRing;
  readonly #wallClock: () => number;
  readonly #defer: (delayMs: number, work: () => void) => () => void;
  readonly #listeners = new Set<(lines: readonly LogLine[]) => void>();
  #seq = 0;
  #dropped = 0;
  #waiting: (string | Readonly<Record<string, unknown>>)[] = [];
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

  /** Takes a line as pino writes it: JSON, or any text. Never throws. */
  write(line: string): void {
    this.#wait(line.length > LINE_MAX ? line.slice(0, LINE_MAX) : line);
  }

  /** Takes a line as an object: `level`, `msg`, `time` and whatever else. */
  add(fields: Readonly<Record<string, unknown>>): void {
    this.#wait({ time: this.#wallClock(), ...fields });
  }

  /** @returns ends it */
  subscribe(listener: (lines: readonly LogLine[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#cancel?.();
    this.#listeners.clear();
  }

  /** Everything that has come in so far can be found from now on. */
  settle(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#waitingStrangers = 0;
    const added = waiting.map((each) => this.#keep(each));
    this.#lines.shrink();
    this.#strangers.shrink();
    for (const listener of this.#listeners) listener(added);
  }

  /** @returns nothing when the line after which it should go on is not kept any more */
  search({ q, level, from, to, breaker, correlationId, order, limit, after }: LogSearch): LogPage | undefined {
    this.settle();
    // Going back to older lines, those that are gone are simply the end; going on to newer ones, some would be missing.
    // Not those of strangers: they could make every reader begin again.
    if (after !== undefined && order === 'oldest' && after < this.#lines.lastGone) return undefined;
    const least = level === undefined ? 0 : logLevels.indexOf(level);
    const wanted = q?.toLowerCase();
    const fits = (each: KeptLine): boolean =>
      each.level >= least &&
      (from === undefined || each.atMs >= from) &&
      (to === undefined || each.atMs <= to) &&
      (breaker === undefined || each.line.breaker === breaker) &&
      (correlationId === undefined || each.line.correlation_id === correlationId) &&
      (wanted === undefined || (each.text ??= textOf(each.line)).includes(wanted));
    const lines: LogLine[] = [];
    let more = false;
    for (const each of merged([this.#lines, this.#strangers], order)) {
      const { seq } = each.line;
      if (after !== undefined && (order === 'newest' ? seq >= after : seq <= after)) continue;
      if (!fits(each)) continue;
      if (lines.length === limit) {
        more = true;
        break;
      }
      lines.push(each.line);
    }
    return {
      lines,
      next_cursor: more ? String(lines.at(-1)?.seq ?? 0) : null,
      oldest_seq: this.#lines.at(0)?.line.seq ?? this.#seq + 1,
      kept: this.#lines.length + this.#strangers.length,
      dropped: this.#dropped,
    };
  }

  get dropped(): number {
    return this.#dropped;
  }

  #wait(line: string | Readonly<Record<string, unknown>>): void {
    const stranger = isOfStranger(line);
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

  #keep(line: string | Readonly<Record<string, unknown>>): LogLine {
    const fields = typeof line === 'string' ? parsed(line) : line;
    this.#seq += 1;
    const atMs = timeOf(fields['time']) ?? this.#wallClock();
    const level = levelOf(fields['level']);
    const others = Object.entries(fields).filter(([name]) => !ownFields.has(name));
    const made: LogLine = {
      seq: this.#seq,
      at: new Date(atMs).toISOString(),
      level,
      message: textField(fields, 'msg') ?? textField(fields, 'message') ?? '',
      correlation_id: textField(fields, 'correlation_id') ?? textField(fields, 'correlationId') ?? null,
      breaker: textField(fields, 'breaker') ?? null,
      fields: redact(Object.fromEntries(others)) as Record<string, unknown>,
    };
    const size = JSON.stringify(made).length;
    const ring = isOfStranger(line) ? this.#strangers : this.#lines;
    ring.push({ line: made, atMs, level: logLevels.indexOf(level), text: undefined, size });
    return made;
  }
}

function isOfStranger(line: string | Readonly<Record<string, unknown>>): boolean {
  return typeof line === 'string' ? line.includes(STRANGER_MARK) : line['stranger'] === true;
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // A line of text is a line, too.
  }
  return { msg: line.trimEnd() };
}

function textField(fields: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? redactText(value) : undefined;
}

/** pino's numbers, or a word. */
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

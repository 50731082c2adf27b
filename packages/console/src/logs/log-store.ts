import { logLevels } from '../contract/logs.ts';
import type { LogLevel, LogLine, LogPage } from '../contract.ts';
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

interface Kept {
  readonly line: LogLine;
  readonly atMs: number;
  readonly level: number;
  /** Everything of it in lower case, made when it is first searched. */
  text: string | undefined;
  readonly size: number;
}

/** What came in is looked at in batches this often, in milliseconds, so that writing a line costs next to nothing. */
const BATCH_MS = 100;
/** Lines that wait for the next batch, at most; of a flood the rest is counted as dropped. */
const WAITING_MAX = 5_000;
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
 */
export class LogStore {
  readonly #maxLines: number;
  readonly #maxCharacters: number;
  readonly #wallClock: () => number;
  readonly #defer: (delayMs: number, work: () => void) => () => void;
  readonly #listeners = new Set<(lines: readonly LogLine[]) => void>();
  /** Oldest first; the first `#gone` are gone. */
  #kept: Kept[] = [];
  #gone = 0;
  #characters = 0;
  #seq = 0;
  #dropped = 0;
  #waiting: (string | Readonly<Record<string, unknown>>)[] = [];
  #cancel: (() => void) | undefined;

  constructor(
    wallClock: () => number,
    defer: (delayMs: number, work: () => void) => () => void,
    { maxLines = 20_000, maxCharacters = 16_000_000 }: LogLimits = {},
  ) {
    this.#wallClock = wallClock;
    this.#defer = defer;
    this.#maxLines = maxLines;
    this.#maxCharacters = maxCharacters;
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
    const added = waiting.map((each) => this.#keep(each));
    this.#shrink();
    for (const listener of this.#listeners) listener(added);
  }

  /** @returns nothing when the line after which it should go on is not kept any more */
  search({ q, level, from, to, breaker, correlationId, order, limit, after }: LogSearch): LogPage | undefined {
    this.settle();
    const kept = this.#kept;
    const oldest = kept[this.#gone]?.line.seq ?? this.#seq + 1;
    // Going back to older lines, those that are gone are simply the end; going on to newer ones, some would be missing.
    if (after !== undefined && order === 'oldest' && after < oldest - 1) return undefined;
    const least = level === undefined ? 0 : logLevels.indexOf(level);
    const wanted = q?.toLowerCase();
    const fits = (each: Kept): boolean =>
      each.level >= least &&
      (from === undefined || each.atMs >= from) &&
      (to === undefined || each.atMs <= to) &&
      (breaker === undefined || each.line.breaker === breaker) &&
      (correlationId === undefined || each.line.correlation_id === correlationId) &&
      (wanted === undefined || (each.text ??= textOf(each.line)).includes(wanted));
    const lines: LogLine[] = [];
    let more = false;
    const step = order === 'newest' ? -1 : 1;
    const start = order === 'newest' ? kept.length - 1 : this.#gone;
    for (let place = start; place >= this.#gone && place < kept.length; place += step) {
      const each = kept[place];
      if (each === undefined) break;
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
      oldest_seq: oldest,
      kept: kept.length - this.#gone,
      dropped: this.#dropped,
    };
  }

  get dropped(): number {
    return this.#dropped;
  }

  #wait(line: string | Readonly<Record<string, unknown>>): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#dropped += 1;
      return;
    }
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
    this.#kept.push({ line: made, atMs, level: logLevels.indexOf(level), text: undefined, size });
    this.#characters += size;
    return made;
  }

  #shrink(): void {
    while (this.#kept.length - this.#gone > this.#maxLines || this.#characters > this.#maxCharacters) {
      this.#characters -= this.#kept[this.#gone]?.size ?? 0;
      this.#gone += 1;
    }
    // Now and then, so that dropping the oldest line does not move all others each time.
    if (this.#gone > 1_000 && this.#gone > this.#kept.length / 4) {
      this.#kept = this.#kept.slice(this.#gone);
      this.#gone = 0;
    }
  }
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

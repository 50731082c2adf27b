import { createHash, createHmac } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { AuditRecord, AuditVerification } from '../contract.ts';
import type { StoreFile } from './file.ts';

/** A line of the audit log before it is added to the chain. */
export type AuditEntry = Omit<AuditRecord, 'v' | 'seq' | 'at' | 'prev' | 'hash'>;

/** An event without an operator. */
export const systemEvent = {
  actor: { type: 'system', id: 'system', role: null },
  reason: null,
  phase: 'event',
  outcome: 'recorded',
  before: null,
  after: null,
  intent_seq: null,
  request_id: null,
} as const satisfies Partial<AuditEntry>;

/** Events of the log itself. */
const ownEvent = {
  ...systemEvent,
  actor: { type: 'system', id: 'console', role: null },
  target: { type: 'audit', id: 'audit' },
} as const;

/** Rows read at a time: a few milliseconds' work. */
const STEP_ROWS = 200;
/** Lines that wait while the file can't be written, at most. */
const LATE_MAX = 1_000;

interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  /** Only lines before this sequence number. */
  readonly before?: number | undefined;
  readonly limit: number;
}

interface Link {
  readonly seq: number;
  readonly hash: string;
}

/**
 * Intents and their results: append-only lines, each with the hash of the one before. With a key, nobody without it can
 * make a chain that verifies. Detects edits, not the deletion of the whole file.
 */
export class AuditLog {
  readonly #file: StoreFile;
  readonly #now: () => string;
  readonly #key: string | undefined;
  /** Lines that could not be written yet. */
  readonly #late: AuditEntry[] = [];

  constructor(file: StoreFile, now: () => string, key: string | undefined) {
    this.#file = file;
    this.#now = now;
    this.#key = key;
  }

  /**
   * Adds an intent. On disk before it returns.
   *
   * @throws StoreUnavailableError: then the action must not be carried out
   */
  intend(entry: AuditEntry): AuditRecord {
    return this.#commit(() => {
      const added = this.add({ ...entry, phase: 'intent' });
      this.#file.run('insert into open_intents (seq) values (?)', added.seq);
      return added;
    });
  }

  /** Adds the result of an intent. Only within `commit` of the file, with everything that must be kept together with it. */
  conclude(intent: AuditRecord, result: Pick<AuditRecord, 'outcome' | 'after'>): AuditRecord {
    const record = this.add({ ...auditEntryOf(intent), ...result, phase: 'result', intent_seq: intent.seq });
    this.#file.run('delete from open_intents where seq = ?', intent.seq);
    return record;
  }

  /** Adds an event. If the file can't be written, the event is added later. */
  note(entry: AuditEntry): void {
    try {
      this.#commit(() => this.add(entry));
    } catch {
      this.later(entry);
    }
  }

  /** Adds a line with the next successful write. */
  later(entry: AuditEntry): void {
    if (this.#late.length < LATE_MAX) this.#late.push(entry);
    else this.#file.reportLoss('Some audit lines could not be kept: too many while the file could not be written.');
  }

  /** Only within a transaction of the file. */
  add(entry: AuditEntry): AuditRecord {
    const last = this.#head();
    const seq = (last?.seq ?? 0) + 1;
    const unsigned = { v: 1 as const, seq, at: this.#now(), ...entry, prev: last?.hash ?? '' };
    const text = JSON.stringify(unsigned);
    const hash = this.#hash(text);
    this.#file.run('insert into audit (seq, record, hash) values (?, ?, ?)', seq, text, hash);
    return { ...unsigned, hash };
  }

  /** Newest first. Reads a long log in steps, so that other requests are answered in between. */
  async list({ actor, action, target, before = Number.MAX_SAFE_INTEGER, limit }: AuditFilter): Promise<AuditRecord[]> {
    const found: AuditRecord[] = [];
    const fits = (record: AuditRecord): boolean =>
      (actor === undefined || record.actor.id === actor) &&
      (action === undefined ||
        record.action === action ||
        (action.endsWith('.') && record.action.startsWith(action))) &&
      (target === undefined || record.target.id.toLowerCase().includes(target.toLowerCase()));
    let read = 0;
    for (const rows of this.#steps('where seq < ? order by seq desc', before)) {
      if (read > 0) await setImmediate();
      read += rows.length;
      for (const row of rows) {
        const record = recordOf(row);
        if (fits(record)) found.push(record);
        if (found.length === limit) return found;
      }
    }
    return found;
  }

  /** Checks the whole chain. */
  verify(): AuditVerification {
    const steps = this.#verification();
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
    }
  }

  /** Like `verify`, but other requests are answered in between. */
  async verifyInSteps(): Promise<AuditVerification> {
    const steps = this.#verification();
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
      await setImmediate();
    }
  }

  *#verification(): Generator<undefined, AuditVerification, undefined> {
    const start = this.#start();
    let { seq: last, hash: prev } = start;
    for (const rows of this.#oldestFirst()) {
      for (const row of rows) {
        if (!start.isGenuine || !this.#fits(row, last + 1, prev)) {
          // The oldest lines may have been removed between two steps, so that the chain starts later now.
          if (this.#start().seq !== start.seq) return yield* this.#verification();
          const text = `Line ${String(row['seq'])} was changed, or a line before it is missing.`;
          return { valid: false, records: last - start.seq, head: null, first_bad: Number(row['seq']), text };
        }
        prev = String(row['hash']);
        last += 1;
      }
      yield;
    }
    const records = last - start.seq;
    const text =
      records === 0
        ? 'Nothing was written yet.'
        : start.seq === 0
          ? `All ${records} lines are unchanged.`
          : `All ${records} lines since line ${start.seq + 1} are unchanged. Older lines are no longer kept.`;
    return { valid: true, records, head: records === 0 ? null : { seq: last, hash: prev }, first_bad: null, text };
  }

  /**
   * Removes the oldest lines above the limit. The rest still verifies, because the new start is stored with a hash of its
   * own. Lines of unfinished actions are kept. Only within a transaction of the file.
   *
   * @param linesMax lines to keep; removal starts at a tenth more, so that it is rare
   */
  trim(linesMax: number): void {
    const start = this.#start();
    const head = this.#head();
    if (head === undefined || !start.isGenuine || head.seq - start.seq <= linesMax * 1.1) return;
    const openSeq = this.#file.get('select min(seq) as seq from open_intents')?.['seq'];
    const lastGone = Math.min(head.seq - linesMax, typeof openSeq === 'number' ? openSeq - 1 : Infinity);
    const row = this.#file.get('select hash from audit where seq = ?', lastGone);
    if (row === undefined) return;
    this.#begin({ seq: lastGone, hash: String(row['hash']) });
    this.#file.run('delete from audit where seq <= ?', lastGone);
    this.add({ ...ownEvent, action: 'audit.trimmed', params: { removed_from: start.seq + 1, removed_to: lastGone } });
  }

  /**
   * Hashes all lines again with another key, and adds a line about it. Lines that don't verify with the present key stay
   * as they are, so that no forged line becomes genuine. Idempotent.
   *
   * @returns the log with the other key
   * @throws StoreUnavailableError: then nothing was changed
   */
  rekey(key: string): AuditLog {
    const other = new AuditLog(this.#file, this.#now, key);
    this.#file.commit(() => {
      const head = this.#file.get('select record, hash from audit order by seq desc limit 1');
      if (head === undefined || other.#hash(String(head['record'])) === head['hash']) return;
      const before = this.verify();
      const start = this.#start();
      let prev = start.hash;
      if (start.isGenuine && start.seq > 0) other.#begin(start);
      for (const rows of this.#oldestFirst()) {
        for (const row of rows) {
          const seq = Number(row['seq']);
          if (seq >= (before.first_bad ?? Infinity)) continue;
          const text = JSON.stringify({ ...parse(String(row['record'])), prev });
          prev = other.#hash(text);
          this.#file.run('update audit set record = ?, hash = ? where seq = ?', text, prev, seq);
        }
      }
      other.add({
        ...ownEvent,
        action: 'audit.rekeyed',
        params: {
          lines: before.records,
          were_genuine: before.valid,
          ...(before.head === null ? {} : { former_head: before.head.hash }),
        },
      });
    });
    return other;
  }

  /** All lines, oldest first, in steps. */
  *everything(): IterableIterator<readonly AuditRecord[]> {
    for (const rows of this.#oldestFirst()) yield rows.map(recordOf);
  }

  /** Intents without a result, because their process ended. */
  interrupted(): AuditRecord[] {
    return this.#file
      .all('select audit.seq, record, hash from open_intents join audit using (seq) order by seq')
      .map(recordOf);
  }

  /** Writes together with the lines that wait; these are dropped once the transaction has succeeded. */
  #commit<T>(work: () => T): T {
    const result = this.#file.commit(() => {
      for (const entry of this.#late) this.add(entry);
      return work();
    });
    this.#late.length = 0;
    return result;
  }

  #oldestFirst(): IterableIterator<readonly Record<string, unknown>[]> {
    return this.#steps('where seq > ? order by seq', 0);
  }

  *#steps(condition: string, from: number): IterableIterator<readonly Record<string, unknown>[]> {
    let last = from;
    for (;;) {
      const rows = this.#file.all(`select seq, record, hash from audit ${condition} limit ?`, last, STEP_ROWS);
      yield rows;
      if (rows.length < STEP_ROWS) return;
      last = Number(rows.at(-1)?.['seq'] ?? 0);
    }
  }

  #fits(row: Record<string, unknown>, seq: number, prev: string): boolean {
    const text = String(row['record']);
    const record = parse(text);
    return Number(row['seq']) === seq && record.seq === seq && record.prev === prev && this.#hash(text) === row['hash'];
  }

  /** The link before the first kept line. */
  #start(): Link & { readonly isGenuine: boolean } {
    const row = this.#file.get('select seq, hash, proof from audit_start');
    if (row === undefined) return { seq: 0, hash: '', isGenuine: true };
    const link = linkOf(row);
    return { ...link, isGenuine: row['proof'] === this.#proof(link) };
  }

  #begin(link: Link): void {
    this.#file.run(
      'insert or replace into audit_start (one, seq, hash, proof) values (1, ?, ?, ?)',
      link.seq,
      link.hash,
      this.#proof(link),
    );
  }

  #proof({ seq, hash }: Link): string {
    return this.#hash(`audit log begins after ${seq} ${hash}`);
  }

  #head(): Link | undefined {
    const row = this.#file.get('select seq, hash from audit order by seq desc limit 1');
    return row && linkOf(row);
  }

  #hash(text: string): string {
    const hash = this.#key === undefined ? createHash('sha256') : createHmac('sha256', this.#key);
    return `sha256:${hash.update(text).digest('hex')}`;
  }
}

function linkOf(row: Record<string, unknown>): Link {
  return { seq: Number(row['seq']), hash: String(row['hash']) };
}

function recordOf(row: Record<string, unknown>): AuditRecord {
  return { ...parse(String(row['record'])), hash: String(row['hash']) };
}

function parse(text: string): AuditRecord {
  try {
    return JSON.parse(text) as AuditRecord;
  } catch {
    // Somebody has changed it; `verify` reports that.
    return { seq: -1, prev: '' } as AuditRecord;
  }
}

/** A record without the members that the log adds. */
export function auditEntryOf({ v: _v, seq: _s, at: _a, prev: _p, hash: _h, ...entry }: AuditRecord): AuditEntry {
  return entry;
}

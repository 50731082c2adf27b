import { createHash, createHmac } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { AuditRecord, AuditVerification } from '../contract.ts';
import type { StoreFile } from './file.ts';

/** A line of the audit log before it has its place in the chain. */
export type AuditEntry = Omit<AuditRecord, 'v' | 'seq' | 'at' | 'prev' | 'hash'>;

/** Rows that are read at a time: a few milliseconds' work. */
const STEP_ROWS = 200;

/** Who, what and how many, for a look into the log. */
export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  /** Only lines before this one. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/**
 * What was intended, and what came of it: lines that are only ever added, each with the hash of the one before. With a
 * key nobody without it can make a chain that verifies; that detects edits, not the deletion of the whole file.
 */
export class AuditLog {
  readonly #file: StoreFile;
  readonly #now: () => string;
  readonly #key: string | undefined;
  /** Kept when the file cannot be written, so that it is added later. */
  readonly #late: AuditEntry[] = [];

  constructor(file: StoreFile, now: () => string, key: string | undefined) {
    this.#file = file;
    this.#now = now;
    this.#key = key;
  }

  /**
   * Adds what is about to be done. On disk before it returns.
   *
   * @throws StoreUnavailableError: then it must not be done
   */
  intend(entry: AuditEntry): AuditRecord {
    const record = this.#file.commit(() => {
      this.#addLate();
      const added = this.add({ ...entry, phase: 'intent' });
      this.#file.run('insert into open_intents (seq) values (?)', added.seq);
      return added;
    });
    this.#late.length = 0;
    return record;
  }

  /** Adds what came of an intent. Only within `commit` of the file, with what else must be kept together with it. */
  conclude(intent: AuditRecord, result: Pick<AuditRecord, 'outcome' | 'after'>): AuditRecord {
    const record = this.add({ ...auditEntryOf(intent), ...result, phase: 'result', intent_seq: intent.seq });
    this.#file.run('delete from open_intents where seq = ?', intent.seq);
    return record;
  }

  /** Adds something that happened without anybody's order. What cannot be written now is added later. */
  note(entry: Omit<AuditEntry, 'phase' | 'intent_seq'>): void {
    const full: AuditEntry = { ...entry, phase: 'event', intent_seq: null };
    try {
      this.#file.commit(() => {
        this.#addLate();
        this.add(full);
      });
      this.#late.length = 0;
    } catch {
      this.later(full);
    }
  }

  /** Adds a line with the next write that works. */
  later(entry: AuditEntry): void {
    if (this.#late.length < 1_000) this.#late.push(entry);
    else this.#file.tellLost('Some audit lines could not be kept: too many while the file could not be written.');
  }

  /** Only within a transaction of the file. */
  add(entry: AuditEntry): AuditRecord {
    const last = this.#head();
    const unsigned = {
      v: 1 as const,
      seq: (last?.seq ?? 0) + 1,
      at: this.#now(),
      ...entry,
      prev: last?.hash ?? '',
    };
    const text = JSON.stringify(unsigned);
    const hash = this.#hash(text);
    this.#file.run('insert into audit (seq, record, hash) values (?, ?, ?)', unsigned.seq, text, hash);
    return { ...unsigned, hash };
  }

  /** Newest first. Looks through a long log step by step, so that others are answered in between. */
  async list({ actor, action, target, before, limit }: AuditFilter): Promise<AuditRecord[]> {
    const found: AuditRecord[] = [];
    const wanted = (record: AuditRecord): boolean =>
      (actor === undefined || record.actor.id === actor) &&
      (action === undefined ||
        record.action === action ||
        (action.endsWith('.') && record.action.startsWith(action))) &&
      (target === undefined || record.target.id.toLowerCase().includes(target.toLowerCase()));
    let from = before ?? Number.MAX_SAFE_INTEGER;
    for (;;) {
      const rows = this.#file.all(
        'select seq, record, hash from audit where seq < ? order by seq desc limit ?',
        from,
        STEP_ROWS,
      );
      for (const row of rows) {
        const record = recordOf(row);
        if (wanted(record)) found.push(record);
        if (found.length === limit) return found;
      }
      if (rows.length < STEP_ROWS) return found;
      from = Number(rows.at(-1)?.['seq'] ?? 0);
      await setImmediate();
    }
  }

  /** Walks the whole chain, oldest first. */
  verify(): AuditVerification {
    const steps = this.#verification();
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    return step.value;
  }

  /** The same, and others are answered after each step. */
  async verifyInSteps(): Promise<AuditVerification> {
    const steps = this.#verification();
    let step = steps.next();
    while (step.done !== true) {
      await setImmediate();
      step = steps.next();
    }
    return step.value;
  }

  *#verification(): Generator<undefined, AuditVerification, undefined> {
    const start = this.#start();
    let { seq: last, hash: prev } = start;
    for (const rows of this.#steps()) {
      for (const row of rows) {
        if (!start.isGenuine || !this.#fits(row, last + 1, prev)) {
          // Between two steps the oldest lines may have been removed: then it begins later now.
          if (this.#start().seq !== start.seq) return yield* this.#verification();
          return {
            valid: false,
            records: last - start.seq,
            head: null,
            first_bad: Number(row['seq']),
            text: `Line ${String(row['seq'])} is not what was written, or a line before it is missing.`,
          };
        }
        prev = String(row['hash']);
        last += 1;
      }
      yield;
    }
    const records = last - start.seq;
    return {
      valid: true,
      records,
      head: records === 0 ? null : { seq: last, hash: prev },
      first_bad: null,
      text:
        records === 0
          ? 'Nothing was written yet.'
          : start.seq === 0
            ? `All ${records} lines are as they were written.`
            : `All ${records} lines since line ${start.seq + 1} are as they were written. Older lines are no longer kept.`,
    };
  }

  /**
   * Removes the oldest lines when there are more than the limit. The chain goes on verifying: where it begins now is kept
   * with a hash of its own. Orders that have not ended keep their lines. Only within a transaction of the file.
   *
   * @param linesMax how many lines may stay; a tenth more is let grow first, so that this is rare
   */
  trim(linesMax: number): void {
    const start = this.#start();
    const head = this.#head();
    if (head === undefined || !start.isGenuine || head.seq - start.seq <= linesMax * 1.1) return;
    const openSeq = this.#file.get('select min(seq) as seq from open_intents')?.['seq'];
    const lastGone = Math.min(head.seq - linesMax, typeof openSeq === 'number' ? openSeq - 1 : Infinity);
    const row = this.#file.get('select hash from audit where seq = ?', lastGone);
    if (row === undefined) return;
    this.#begin(lastGone, String(row['hash']));
    this.#file.run('delete from audit where seq <= ?', lastGone);
    this.add({
      ...ownEntry,
      action: 'audit.trimmed',
      params: { removed_from: start.seq + 1, removed_to: lastGone },
    });
  }

  /**
   * Makes the chain one of another key: its lines are hashed anew, and a line at the end says so. Lines that do not verify
   * with the present key stay as they are, so that nothing becomes genuine by it. Doing it again changes nothing.
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
      if (start.isGenuine && start.seq > 0) other.#begin(start.seq, start.hash);
      for (const row of this.#walk()) {
        const seq = Number(row['seq']);
        if (before.first_bad !== null && seq >= before.first_bad) break;
        const text = JSON.stringify({ ...parse(String(row['record'])), prev });
        prev = other.#hash(text);
        this.#file.run('update audit set record = ?, hash = ? where seq = ?', text, prev, seq);
      }
      other.add({
        ...ownEntry,
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

  /** All lines, oldest first, some at a time. */
  *everything(): IterableIterator<readonly AuditRecord[]> {
    for (const rows of this.#steps()) yield rows.map(recordOf);
  }

  /** Intents of a process that ended before it could say what came of them. */
  interrupted(): AuditRecord[] {
    return this.#file
      .all('select audit.seq, record, hash from open_intents join audit using (seq) order by seq')
      .map(recordOf);
  }

  *#walk(): IterableIterator<Record<string, unknown>> {
    for (const rows of this.#steps()) yield* rows;
  }

  /** All rows, oldest first, some at a time. */
  *#steps(): IterableIterator<readonly Record<string, unknown>[]> {
    let after = 0;
    for (;;) {
      const rows = this.#file.all(
        'select seq, record, hash from audit where seq > ? order by seq limit ?',
        after,
        STEP_ROWS,
      );
      yield rows;
      if (rows.length < STEP_ROWS) return;
      after = Number(rows.at(-1)?.['seq'] ?? 0);
    }
  }

  /** They leave the list when the transaction has been kept. */
  #addLate(): void {
    for (const entry of this.#late) this.add(entry);
  }

  #fits(row: Record<string, unknown>, seq: number, prev: string): boolean {
    const text = String(row['record']);
    const told = parse(text);
    return Number(row['seq']) === seq && told.seq === seq && told.prev === prev && this.#hash(text) === row['hash'];
  }

  /** What the first line that is kept follows. */
  #start(): { readonly seq: number; readonly hash: string; readonly isGenuine: boolean } {
    const row = this.#file.get('select seq, hash, proof from audit_start');
    if (row === undefined) return { seq: 0, hash: '', isGenuine: true };
    const [seq, hash] = [Number(row['seq']), String(row['hash'])];
    return { seq, hash, isGenuine: row['proof'] === this.#proof(seq, hash) };
  }

  #begin(seq: number, hash: string): void {
    this.#file.run(
      'insert or replace into audit_start (one, seq, hash, proof) values (1, ?, ?, ?)',
      seq,
      hash,
      this.#proof(seq, hash),
    );
  }

  #proof(seq: number, hash: string): string {
    return this.#hash(`audit log begins after ${seq} ${hash}`);
  }

  #head(): { seq: number; hash: string } | undefined {
    const row = this.#file.get('select seq, hash from audit order by seq desc limit 1');
    return row === undefined ? undefined : { seq: Number(row['seq']), hash: String(row['hash']) };
  }

  #hash(text: string): string {
    const hash = this.#key === undefined ? createHash('sha256') : createHmac('sha256', this.#key);
    return `sha256:${hash.update(text).digest('hex')}`;
  }
}

/** What the log writes about itself. */
const ownEntry = {
  actor: { type: 'system', id: 'console', role: null },
  target: { type: 'audit', id: 'audit' },
  reason: null,
  phase: 'event',
  outcome: 'recorded',
  before: null,
  after: null,
  intent_seq: null,
  request_id: null,
} as const;

function recordOf(row: Record<string, unknown>): AuditRecord {
  return { ...parse(String(row['record'])), hash: String(row['hash']) };
}

function parse(text: string): AuditRecord {
  try {
    return JSON.parse(text) as AuditRecord;
  } catch {
    // Somebody has changed it: `verify` says so.
    return { seq: -1, prev: '' } as AuditRecord;
  }
}

/** What was given for a record, without what the log has added to it. */
export function auditEntryOf(record: AuditRecord): AuditEntry {
  const { actor, action, target, reason, params, phase, outcome, before, after, intent_seq, request_id } = record;
  return { actor, action, target, reason, params, phase, outcome, before, after, intent_seq, request_id };
}

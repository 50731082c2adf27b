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

  /** Walks the whole chain, oldest first, and lets others be answered after each step. */
  async verify(): Promise<AuditVerification> {
    let prev = '';
    let expected = 1;
    for (const rows of this.#steps()) {
      for (const row of rows) {
        const text = String(row['record']);
        const { seq, prev: told } = parse(text);
        const fits =
          Number(row['seq']) === expected && seq === expected && told === prev && this.#hash(text) === row['hash'];
        if (!fits) {
          return {
            valid: false,
            records: expected - 1,
            head: null,
            first_bad: Number(row['seq']),
            text: `Line ${String(row['seq'])} is not what was written, or a line before it is missing.`,
          };
        }
        prev = String(row['hash']);
        expected += 1;
      }
      await setImmediate();
    }
    const records = expected - 1;
    return {
      valid: true,
      records,
      head: records === 0 ? null : { seq: records, hash: prev },
      first_bad: null,
      text: records === 0 ? 'Nothing was written yet.' : `All ${records} lines are as they were written.`,
    };
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

  #head(): { seq: number; hash: string } | undefined {
    const row = this.#file.get('select seq, hash from audit order by seq desc limit 1');
    return row === undefined ? undefined : { seq: Number(row['seq']), hash: String(row['hash']) };
  }

  #hash(text: string): string {
    const hash = this.#key === undefined ? createHash('sha256') : createHmac('sha256', this.#key);
    return `sha256:${hash.update(text).digest('hex')}`;
  }
}

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

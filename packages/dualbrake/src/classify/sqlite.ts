import { readNumber, readText } from './safe-read.ts';
import { evidence, notSent, rejected, rows, stuck, type Found, type Row } from './rule.ts';

const rescode = 'sqlite.org/rescode.html';
/** Locked by another connection: nothing happened, and the database is healthy. */
const held = { ...notSent, countsAgainstBreaker: false, scope: 'local' } as const;
const damaged = { ...stuck, scope: 'local' } as const;

/** Primary result codes by number; the low byte of an extended one. */
const primary = rows('sqlite', rescode, [
  ['5 6 15 17', 'lock', 'transient', held],
  ['7', 'memory', 'system', { applied: 'no', scope: 'local' }],
  ['10 11 26', 'disk', 'system', damaged],
  ['13 14', 'disk', 'system', { ...damaged, applied: 'no' }],
  ['9', 'cancelled', 'cancelled'],
  ['4', 'conflict', 'persistent', rejected],
  ['19', 'constraint', 'persistent', rejected],
  ['8 3 23', 'auth', 'persistent', notSent],
  ['21 22', 'programmer', 'persistent', notSent],
  ['1 2 12 16 18 20 24 25', 'invalid', 'persistent', rejected],
]);

/** Extended codes whose meaning differs from their primary code. */
const extended = rows('sqlite', rescode, [
  ['1032', 'disk', 'system', { ...notSent, ...damaged }],
  ['3082', 'memory', 'system', { scope: 'local' }],
]);

const numberOf = new Map(
  'ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL EMPTY SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB'
    .split(' ')
    .map((name, index) => [name, index + 1] as const),
);
const named = new Map([
  ['SQLITE_READONLY_DBMOVED', 1_032],
  ['SQLITE_IOERR_NOMEM', 3_082],
]);

/** SQLite through `node:sqlite`, better-sqlite3, sqlite3, libsql and the like. */
export function sqliteRule(error: unknown): Found | undefined {
  const result = resultOf(error);
  if (result === undefined) return undefined;
  const found = extended.get(String(result)) ?? primary.get(String(result & 0xff));
  return found && { row: found, rank: evidence.driver };
}

/** The rows of the table. */
export const sqliteRows: readonly Row[] = [...primary.values(), ...extended.values()];

/** The number of an `ERR_SQLITE_ERROR`, or the name in the code. */
function resultOf(error: unknown): number | undefined {
  const code = readText(error, 'code') ?? wordedCode(error);
  if (code === 'ERR_SQLITE_ERROR') return readNumber(error, 'errcode');
  const [, name] = /^SQLITE_([A-Z]+)/.exec(code) ?? [];
  return named.get(code) ?? numberOf.get(name ?? '');
}

/** D1 has the code only at the end of its message: `UNIQUE constraint failed: users.email: SQLITE_CONSTRAINT`. */
function wordedCode(error: unknown): string {
  const message = readText(error, 'message') ?? '';
  return message.includes(': SQLITE_') ? (/: (SQLITE_[A-Z_]+)(?: \(extended: \w+\))?$/.exec(message)?.[1] ?? '') : '';
}

/** Measures one row in a process of its own, so that rows do not disturb each other, and sends what it found. */
import { ANSWER, type Candidate, type Subject } from './candidate.ts';
import { candidates } from './candidates/index.ts';
import { garbagePerCall } from './garbage.ts';
import { measureInTurn, type Plan, type Shape, type Timing } from './measure.ts';
import { boom, rowOf, type Row, type RowName } from './rows.ts';

/** What a child is told to do. */
export interface RowOrder {
  readonly row: RowName;
  readonly what: 'time' | 'garbage';
  readonly plan: Plan;
  /** Names of candidates; all when empty. The bare await is always there. */
  readonly only: readonly string[];
}

/** What came of one candidate in one row. */
export interface Entry {
  readonly candidate: string;
  readonly timing?: Timing;
  readonly garbageBytes?: number;
  /** Why it has no figures. */
  readonly problem?: string;
}

/** A candidate that takes longer than this for its first call will not come back. */
const FIRST_CALL_MS = 5_000;

export async function measureRow({ row: name, what, plan, only }: RowOrder): Promise<Entry[]> {
  const row = rowOf(name);
  const shape: Shape = { concurrent: row.concurrent ?? 1, fails: (row.ends ?? 'answered') !== 'answered' };
  const ready: { readonly candidate: string; readonly subject: Subject }[] = [];
  const problems: Entry[] = [];
  for (const [place, candidate] of candidates.entries()) {
    if (candidate.rows[name] === undefined) continue;
    if (place > 0 && only.length > 0 && !only.includes(candidate.name)) continue;
    try {
      const subject = await prepared(candidate, name, row, place === 0);
      ready.push({ candidate: candidate.name, subject });
    } catch (error) {
      problems.push({ candidate: candidate.name, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  if (what === 'garbage') {
    const entries: Entry[] = [];
    for (const { candidate, subject } of ready) {
      entries.push({ candidate, garbageBytes: await garbagePerCall(subject, shape) });
    }
    return [...entries, ...problems];
  }
  const timings = await measureInTurn(
    ready.map(({ subject }) => subject),
    shape,
    plan,
  );
  const entries = ready.map(({ candidate }, place): Entry => {
    const timing = timings[place];
    return { candidate, ...(timing === undefined ? {} : { timing }) };
  });
  return [...entries, ...problems];
}

/** Makes a candidate's subject and sees that it does what the row is about: fast and wrong is no achievement. */
async function prepared(candidate: Candidate, name: RowName, row: Row, isBare: boolean): Promise<Subject> {
  const make = candidate.rows[name];
  if (make === undefined) throw new Error('it has no part for this');
  const subject = await make(row.operation());
  subject.prepare?.();
  const expected = isBare && row.ends === 'refused' ? 'answered' : (row.ends ?? 'answered');
  for (let call = 0; call < 3; call += 1) {
    const ended = await inTime(endOf(subject));
    if (ended !== expected) throw new Error(`a call was ${ended} where it should have been ${expected}`);
  }
  return subject;
}

async function endOf({ call }: Subject): Promise<string> {
  try {
    const value = await call();
    return value === ANSWER ? 'answered' : `answered with ${String(value)}`;
  } catch (error) {
    return error === boom ? 'failed' : 'refused';
  }
}

async function inTime(ended: Promise<string>): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('without an end'), FIRST_CALL_MS);
  });
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}

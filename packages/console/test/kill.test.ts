import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { seededRandom } from 'dualbrake/testing';
import { consoleKit } from '../src/testing/console-kit.ts';
import type { AuditRecord, AuditVerification } from '../src/contract.ts';

const CHANGES = 1_000;
const directory = mkdtempSync(join(tmpdir(), 'console-kill-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Continues the changes where the previous process stopped, until it is killed. @returns how many were answered in all */
async function changeAndKill(path: string, first: number, killAfter: number, spin: number): Promise<number> {
  const script = join(import.meta.dirname, 'changing.ts');
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', script, path, String(first), String(CHANGES)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit');
  let answered = first;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'ready' || line === 'done') continue;
    answered = Number(line) + 1;
    if (answered - first !== killAfter) continue;
    // The kill then comes at a random point of the next changes, not always at the same one.
    for (let turn = 0; turn < spin; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGKILL');
  }
  const [code] = (await ended) as [number | null];
  assert.ok(code === null || answered === CHANGES, `it ended by itself with ${code} after ${answered} changes`);
  return answered;
}

interface Traces {
  /** Outcomes that the audit log has for a change, `interrupted` included. */
  readonly outcomes: Map<number, string[]>;
  /** How often its effect is in the file. */
  readonly effects: Map<number, number>;
}

/** Reads the database file directly, without the console's own repair on start. */
function tracesIn(path: string): Traces {
  const database = new DatabaseSync(path);
  const outcomes = new Map<number, string[]>();
  const effects = new Map<number, number>();
  const numberOf = (text: string): number => Number(/^change (\d+)$/.exec(text)?.[1] ?? Number.NaN);
  const texts = (sql: string): string[] =>
    database
      .prepare(sql)
      .all()
      .map((row) => String(Object.values(row)[0]));
  for (const text of texts('select record from audit order by seq')) {
    const { reason, phase, outcome } = JSON.parse(text) as AuditRecord;
    const number = numberOf(reason ?? '');
    if (phase === 'result') outcomes.set(number, [...(outcomes.get(number) ?? []), String(outcome)]);
  }
  const seen = (reason: string): void => {
    const number = numberOf(reason);
    effects.set(number, (effects.get(number) ?? 0) + 1);
  };
  for (const text of texts('select payload from revisions')) seen((JSON.parse(text) as { reason: string }).reason);
  for (const text of texts('select payload from incidents')) {
    for (const note of text.match(/change \d+/g) ?? []) seen(note);
  }
  database.close();
  return { outcomes, effects };
}

test('a process killed at random moments during 1,000 changes leaves each change complete with its audit records, or absent', async (context) => {
  const path = join(directory, 'console.sqlite');
  const random = seededRandom(5);
  let answered = 0;
  let kills = 0;
  let interrupted = 0;
  while (answered < CHANGES) {
    const before = answered;
    answered = await changeAndKill(path, answered, 20 + Math.floor(random() * 140), Math.floor(random() * 40));
    if (answered < CHANGES) kills += 1;

    const { outcomes, effects } = tracesIn(path);
    for (let number = 0; number < CHANGES; number += 1) {
      const applied = (outcomes.get(number) ?? []).filter((outcome) => outcome === 'applied').length;
      const isKept = number % 4 === 0 || number % 4 === 2;
      if (number < answered) assert.equal(applied, 1, `change ${number} was answered, and applied ${applied} times`);
      if (isKept) assert.equal(effects.get(number) ?? 0, applied, `change ${number}: effect and audit differ`);
    }
    assert.ok(answered > before, 'it got on');

    // A console that opens the file agrees, and completes the audit of what was interrupted.
    const kit = consoleKit({ store: { path } });
    const verification = await kit.get<AuditVerification>('audit/verify');
    assert.equal(verification.valid, true, verification.text);
    kit.console.close();
    interrupted = [...tracesIn(path).outcomes.values()].flat().filter((outcome) => outcome === 'interrupted').length;
    // The next child continues with the first change that was not answered.
  }
  assert.ok(kills >= 5, `${kills} kills`);
  context.diagnostic(`${kills} kills, ${interrupted} changes were interrupted between intent and effect`);
});

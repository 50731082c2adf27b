import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startsBuilt } from './program.ts';

/** Commands, by their names in `npm run`. */
export type CommandName =
  | 'backup'
  | 'console-token'
  | 'key-backup'
  | 'key-restore'
  | 'key-rotate'
  | 'owner-link'
  | 'restore'
  | 'school'
  | 'verify-database';

/** The output and exit code of a command. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in a separate process. @param environment its whole environment except PATH */
export function command(
  name: CommandName,
  options: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const run = startsBuilt
    ? [fileURLToPath(new URL('../run.js', import.meta.url)), `commands/${name}`]
    : [
        '--conditions=source',
        '--import',
        'tsx',
        fileURLToPath(new URL(`../server/commands/${name}.ts`, import.meta.url)),
      ];
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...run, ...options],
      { env: { PATH: process.env['PATH'], ...environment } },
      (_, out, err) => resolve({ exitCode: child.exitCode, out, err }),
    );
  });
}

/** Runs a command that must succeed. @returns its output */
export async function succeed(...call: Parameters<typeof command>): Promise<string> {
  const { exitCode, out, err } = await command(...call);
  assert.equal(exitCode, 0, err);
  return out;
}

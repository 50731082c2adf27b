import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What a command has come to. */
export interface Outcome {
  readonly code: number;
  /** Of both streams. */
  readonly output: string;
}

/** One of the operator's commands, in a process of its own. @param name such as `backup`, as `npm run` has it */
export function command(
  name: 'backup' | 'restore' | 'verify-database',
  options: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const script = join(root, 'apps/driving-school/server/commands', `${name}.ts`);
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--conditions=source', '--import', 'tsx', script, ...options],
      { cwd: root, env: { ...process.env, ...environment } },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

/** The same, for a command that must succeed. @returns its output */
export async function succeed(...call: Parameters<typeof command>): Promise<string> {
  const { code, output } = await command(...call);
  assert.equal(code, 0, output);
  return output;
}

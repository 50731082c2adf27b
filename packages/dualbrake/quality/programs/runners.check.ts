import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layOut } from './program.ts';

const { program, skip } = await layOut('runners');

/** Suites of other test runners with fake timers; each of their tests is one of `runners/cases.mjs`. */
const suites = [
  { name: 'jest 30', command: ['--experimental-vm-modules', 'jest/bin/jest.js', '--config', 'jest/jest.config.json'] },
  { name: 'vitest 5', command: ['vitest/vitest.mjs', 'run', '--root', '.', '--dir', 'vitest'] },
] as const;

for (const { name, command } of suites) {
  test(
    `F5: fake timers of ${name} move every policy, and real ones work afterwards`,
    { skip: skip ?? false },
    async () => {
      assert.ok(program !== undefined);
      const parameters = command.map((word) => (/^(jest\/bin|vitest\/vitest)/.test(word) ? program.file(word) : word));

      // Fails with what the runner wrote.
      await program.run(process.execPath, parameters);
    },
  );
}

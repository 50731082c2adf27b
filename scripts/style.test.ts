import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);

/**
 * Doc comments that document nothing: a blank line or another doc comment follows. The comment at the top of a file is
 * about the file.
 *
 * @returns line numbers
 */
function strayDocComments(source: string): number[] {
  const lines = source.split('\n');
  const top = lines[0]?.startsWith('#!') === true ? 1 : 0;
  const found: number[] = [];
  let startedAt: number | undefined;
  for (const [index, line] of lines.entries()) {
    if (startedAt === undefined && /^\s*\/\*\*(?!\/)/.test(line)) startedAt = index;
    if (startedAt === undefined || !/\*\/\s*$/.test(line)) continue;
    const next = lines[index + 1]?.trim() ?? '';
    if (startedAt > top && (next === '' || next.startsWith('/**'))) found.push(startedAt + 1);
    startedAt = undefined;
  }
  return found;
}

test('every doc comment is directly above what it documents', () => {
  const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx'], { cwd: fileURLToPath(root), encoding: 'utf8' });
  const stray = files
    .trim()
    .split('\n')
    .flatMap((file) => {
      const source = readFileSync(new URL(file, root), 'utf8');
      return strayDocComments(source).map((line) => `${file}:${line}`);
    });

  assert.deepEqual(stray, []);
});

test('a doc comment above a blank line and one above another doc comment are found, and the one of the file is not', () => {
  const source = [
    '/** The file. */',
    "import { one } from './one.ts';",
    '',
    '/** Above nothing. */',
    '',
    '/**',
    ' * Above another one.',
    ' */',
    '/** Right. */',
    'export const two = one;',
    'export interface Three {',
    '  /** Right, too. */',
    '  readonly three: 3;',
    '  /** At the end of the members, above none. */',
    '',
    '}',
  ].join('\n');

  assert.deepEqual(strayDocComments(source), [4, 6, 14]);
});

import { globSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Test files that share a process. Globs, from the root of the repository. */
export interface Group {
  readonly files: readonly string[];
  readonly except?: readonly string[];
}

/**
 * By the file in `groups/` that runs them, those that take longest first. A group with a browser keeps one core busy, and
 * so do programs with their database.
 */
export const groups = {
  server: {
    files: ['apps/driving-school/server/**/*.test.ts'],
    // Decorated classes register with the registry that is there when they are loaded, once per process.
    except: ['apps/driving-school/server/students/{get-student-data,student-access.property}.test.ts'],
  },
  'school-pages': {
    files: [
      'apps/driving-school/test/{account,break-glass,browser,night,people,sign-in,standby,student-pages}.test.ts',
    ],
  },
  'book-pages': {
    files: [
      'apps/driving-school/test/{calendar,course-pages,instructor-pages,places-pages,planning-pages,search,today}.test.ts',
    ],
  },
  'day-pages': { files: ['apps/driving-school/test/{first-day,instructor-day,lessons-in-the-way,office-day}.test.ts'] },
  'console-pages': { files: ['packages/console/test/{budgets,layout,pages,work}.test.ts'] },
  'console-accessibility': { files: ['packages/console/test/accessibility.test.ts'] },
  'programs-one': {
    files: ['apps/driving-school/test/{backup,busy,campaign,console,keys,lessons,outage}.test.ts'],
  },
  'programs-two': {
    files: [
      'apps/driving-school/test/{book,damage,full-disk,key-commands,owner-link,power-cut,school-command,start}.test.ts',
    ],
  },
  package: { files: ['packages/dualbrake/quality/*.test.ts'] },
  library: { files: ['packages/dualbrake/src/**/*.test.ts'] },
  units: {
    files: [
      '*.test.ts',
      'scripts/{audit-verdict,english,style}.test.ts',
      'packages/console/{src,ui}/**/*.test.ts',
      'packages/kit/**/*.test.ts',
      'apps/driving-school/{contract,seed,web}/**/*.test.ts',
    ],
  },
} satisfies Readonly<Record<string, Group>>;

const everything = ['*.test.ts', 'scripts/**/*.test.ts', 'packages/**/*.test.ts', 'apps/**/*.test.ts'];

/** Processes at the same time: each keeps about one core busy, and tests must pass on two. */
export const processesAtOnce = 2;

/**
 * The files to run, in this order: together they contain every test file of the repository once.
 *
 * @param options `apart` runs each test file in its own process, as options that select tests by name require
 */
export function plan({ apart }: { readonly apart: boolean }): readonly string[] {
  const files = globSync(everything, { cwd: root, exclude: ['**/node_modules/**'] }).toSorted();
  if (apart) return files;
  return [...filesOf(groups), ...files.filter((file) => !isIn(file, groups))];
}

/** The test files that a file of the plan runs: those of its group, or itself. */
export function testFilesOf(file: string): readonly string[] {
  const name = /\/testing\/groups\/(.+)\.ts$/.exec(file)?.[1];
  if (name === undefined) return [file];
  const group = new Map<string, Group>(Object.entries(groups)).get(name);
  if (group === undefined) throw new Error(`There is no group ${name}.`);
  return globSync(group.files, { cwd: root, exclude: group.except ?? [] }).toSorted();
}

function filesOf(chosen: Readonly<Record<string, Group>>): string[] {
  return Object.keys(chosen).map((name) => `scripts/testing/groups/${name}.ts`);
}

function isIn(file: string, chosen: Readonly<Record<string, Group>>): boolean {
  return Object.values(chosen).some((group) => fits(file, group.files) && !fits(file, group.except ?? []));
}

function fits(file: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesGlob(file, pattern));
}

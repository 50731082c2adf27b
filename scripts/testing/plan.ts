import { globSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Test files that share a process. Globs, from the root of the repository. */
export interface Group {
  readonly files: readonly string[];
  readonly except?: readonly string[];
}

/** By the file in `groups/` that runs them. */
export const groups = {
  server: {
    files: ['apps/driving-school/server/**/*.test.ts'],
    // Decorated classes register with the registry that is there when they are loaded, once per process.
    except: ['apps/driving-school/server/students/{get-student-data,student-access.property}.test.ts'],
  },
  // Around programs and their databases, in two halves that take about as long as each other.
  'programs-one': {
    files: ['apps/driving-school/test/{backup,campaign,console,keys,outage}.test.ts'],
  },
  'programs-two': {
    files: ['apps/driving-school/test/{damage,full-disk,key-commands,owner-link,power-cut,start}.test.ts'],
  },
  package: { files: ['packages/dualbrake/quality/*.test.ts'] },
  library: { files: ['packages/dualbrake/src/**/*.test.ts'] },
  units: {
    files: [
      '*.test.ts',
      'scripts/{audit-verdict,style}.test.ts',
      'packages/console/{src,ui}/**/*.test.ts',
      'packages/kit/**/*.test.ts',
      'apps/driving-school/{contract,seed,web}/**/*.test.ts',
    ],
  },
} satisfies Readonly<Record<string, Group>>;

/** As `groups`, with a browser: each keeps two cores busy. */
export const browserGroups = {
  'console-pages': { files: ['packages/console/test/{accessibility,budgets,layout,pages,work}.test.ts'] },
  'school-pages': {
    files: ['apps/driving-school/test/{account,break-glass,browser,night,people,sign-in,student-pages}.test.ts'],
  },
} satisfies Readonly<Record<string, Group>>;

const everything = ['*.test.ts', 'scripts/**/*.test.ts', 'packages/**/*.test.ts', 'apps/**/*.test.ts'];

/** Test files that run at the same time, at most `atOnce` of them, in this order. */
export interface Phase {
  readonly files: readonly string[];
  readonly atOnce: number;
}

/**
 * Every test file of the repository, once: on two cores there is never more to do than for two processes.
 *
 * @param options `apart` runs each file in a process of its own, as options that select tests by name need it
 */
export function plan({ apart }: { readonly apart: boolean }): readonly Phase[] {
  const files = globSync(everything, { cwd: root, exclude: ['**/node_modules/**'] }).toSorted();
  const single = files.filter((file) => !isIn(file, browserGroups) && (apart || !isIn(file, groups)));
  return [
    { files: apart ? single : [...filesOf(groups), ...single], atOnce: 2 },
    { files: apart ? files.filter((file) => isIn(file, browserGroups)) : filesOf(browserGroups), atOnce: 1 },
  ];
}

/** The test files that a file of the plan runs: those of its group, or itself. */
export function testFilesOf(file: string): readonly string[] {
  const name = /\/testing\/groups\/(.+)\.ts$/.exec(file)?.[1];
  if (name === undefined) return [file];
  const group = new Map<string, Group>([...Object.entries(groups), ...Object.entries(browserGroups)]).get(name);
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

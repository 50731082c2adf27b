import { globSync } from 'node:fs';
import { matchesGlob } from 'node:path';

/** Test files that share a process, by the file in `groups/` that runs them. */
export const groups = {
  library: ['packages/dualbrake/src/**/*.test.ts'],
  server: ['apps/driving-school/server/**/*.test.ts'],
  units: [
    '*.test.ts',
    'scripts/{audit-verdict,style}.test.ts',
    'packages/console/{src,ui}/**/*.test.ts',
    'packages/kit/**/*.test.ts',
    'apps/driving-school/{contract,seed,web}/**/*.test.ts',
  ],
} as const;

const everything = ['*.test.ts', 'scripts/**/*.test.ts', 'packages/**/*.test.ts', 'apps/**/*.test.ts'];

/** A test file that starts a browser keeps both cores busy. */
const withBrowser = [
  'apps/driving-school/test/{account,break-glass,browser,night,people,sign-in,student-pages}.test.ts',
  'packages/console/test/{accessibility,kill,layout,pages,work}.test.ts',
];

/** Test files that run at the same time, at most `atOnce` of them. */
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
  const grouped = apart ? [] : Object.values(groups).flat();
  const files = globSync(everything, { exclude: (name) => name === 'node_modules' }).toSorted();
  const single = files.filter((file) => !fits(file, grouped) && !fits(file, withBrowser));
  const shared = apart ? [] : Object.keys(groups).map((name) => `scripts/testing/groups/${name}.ts`);
  return [
    { files: [...shared, ...single], atOnce: 2 },
    { files: files.filter((file) => fits(file, withBrowser)), atOnce: 1 },
  ];
}

function fits(file: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesGlob(file, pattern));
}

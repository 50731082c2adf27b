/** Which imports are allowed; ARCHITECTURE.md explains them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

interface Area {
  readonly name: string;
  /** Its files. If several areas match a file, the first one owns it. */
  readonly files: RegExp;
  /** Allowed imports besides files of the same area: paths from the root, or names of packages. */
  readonly may: readonly RegExp[];
}

const nodeModule = /^node:/;
const anyPackage = /^(?!\.|node:|apps\/|packages\/)[^/]/;
const dualbrake = /^dualbrake(\/|$)/;
const platform = /^apps\/driving-school\/server\/platform\//;
const contract = /^apps\/driving-school\/contract\//;
const policies = /^apps\/driving-school\/server\/policies\.ts$/;
/** The entry point of a slice: the file named after its folder. */
const entryPoints = /^apps\/driving-school\/server\/([a-z-]+)\/\1\.ts$/;

const areas: readonly Area[] = [
  {
    name: 'tests',
    files:
      /\.(test|types)\.ts$|\/testing\/|\/classify\/(corpus|real)\/|^apps\/driving-school\/(test|bench)\/|^packages\/console\/test\/|^scripts\//,
    may: [/./],
  },
  {
    name: 'dualbrake/node',
    files: /^packages\/dualbrake\/src\/node\//,
    may: [/^packages\/dualbrake\/src\//, nodeModule],
  },
  {
    name: 'dualbrake/cli',
    files: /^packages\/dualbrake\/src\/cli\//,
    may: [/^packages\/dualbrake\/src\/version\.ts$/, nodeModule],
  },
  {
    name: 'dualbrake/fastify',
    files: /^packages\/dualbrake\/src\/fastify\//,
    may: [/^packages\/dualbrake\/src\//, /^fastify$/],
  },
  {
    name: 'dualbrake/opentelemetry',
    files: /^packages\/dualbrake\/src\/opentelemetry\//,
    may: [/^packages\/dualbrake\/src\//, /^@opentelemetry\/api$/],
  },
  {
    name: 'dualbrake entries',
    files: /^packages\/dualbrake\/src\/(fetch|decorators|redis|measurement|faults|prometheus)\//,
    may: [/^packages\/dualbrake\/src\//],
  },
  { name: 'dualbrake', files: /^packages\/dualbrake\/src\//, may: [] },
  { name: 'kit', files: /^packages\/kit\//, may: [/^(preact|@preact\/signals)(\/|$)/] },
  {
    name: 'console page',
    files: /^packages\/console\/ui\//,
    may: [/^packages\/console\/src\/contract\.ts$/, /^(preact|@preact\/signals|uplot|@dualbrake\/kit)(\/|$)/],
  },
  {
    name: 'console adapter',
    files: /^packages\/console\/src\/fastify\.ts$/,
    may: [/^packages\/console\/src\//, /^fastify$/],
  },
  { name: 'console server', files: /^packages\/console\/src\//, may: [dualbrake, nodeModule, /^zod$/] },
  { name: 'policies', files: /^apps\/driving-school\/server\/policies\.ts$/, may: [dualbrake] },
  {
    name: 'composition root',
    files: /^apps\/driving-school\/server\/[^/]+\.ts$/,
    may: [/^apps\/driving-school\//, anyPackage, nodeModule],
  },
  {
    name: 'commands',
    files: /^apps\/driving-school\/server\/commands\//,
    // Not the application: commands must run when it does not start.
    may: [
      /^apps\/driving-school\/server\/(config|terminal-message|sealed-data|version)\.ts$/,
      /^apps\/driving-school\/server\/console\/operator-token\.ts$/,
      platform,
      entryPoints,
      anyPackage,
      nodeModule,
    ],
  },
  {
    name: 'platform',
    files: platform,
    may: [contract, /^apps\/driving-school\/server\/config\.ts$/, anyPackage, nodeModule],
  },
  {
    name: 'slices',
    files: /^apps\/driving-school\/server\//,
    may: [policies, platform, contract, entryPoints, anyPackage, nodeModule],
  },
  { name: 'contract', files: contract, may: [/^zod$/] },
  {
    name: 'seed',
    files: /^apps\/driving-school\/seed\//,
    may: [platform, contract, entryPoints, anyPackage, nodeModule],
  },
  {
    name: 'pages',
    files: /^apps\/driving-school\/web\//,
    may: [contract, /^(zod|preact|qr|@preact\/signals|temporal-polyfill|@dualbrake\/kit)(\/|$)/],
  },
];

/** Imports that are not allowed, in sentences. */
function violations(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([file, text]) => {
    const area = areas.find(({ files: owns }) => owns.test(file));
    if (area === undefined) return [];
    return importsOf(text).flatMap((specifier) => {
      const target = specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier;
      if (target.endsWith('.css') || target.endsWith('.svg')) return [];
      const owner = areas.find(({ files: owns }) => owns.test(target));
      // Other slices only through their entry points.
      const sameArea = owner === area && (area.name !== 'slices' || dirname(target) === dirname(file));
      return sameArea || area.may.some((allowed) => allowed.test(target))
        ? []
        : [`${file} (${area.name}) imports ${target}`];
    });
  });
}

/** Packages and applications; no circle of imports may exist within any of them. */
const packages =
  /^(packages\/(?:dualbrake|console|kit)\/src\/|packages\/console\/ui\/|apps\/driving-school\/(?:server|web|contract)\/)/;

/**
 * A policy runs a call, a call carries the policies around it and its host, and a recorder receives calls: these public
 * types are mutually recursive, so only a single file could hold them without a circle. All of these imports are
 * `import type`, so there is no circle at run time.
 */
const recursiveTypes = new Set(
  ['policy', 'call', 'host', 'recorder'].map((name) => `packages/dualbrake/src/${name}.ts`),
);

/**
 * Circles of imports, type-only ones as well, each as its files. Tests are never imported, so they are omitted. Dynamic
 * imports don't count: a page loads a view, and views link to pages, long after all of them have been evaluated.
 */
function circles(files: ReadonlyMap<string, string>): string[][] {
  const imports = new Map<string, string[]>();
  for (const [file, text] of files) {
    const targets = staticImportsOf(text).map((specifier) => normalize(join(dirname(file), specifier)));
    const isException =
      recursiveTypes.has(file) && !/^import (?!type )[^;]*'\.\/(policy|call|host|recorder)\.ts'/m.test(text);
    imports.set(
      file,
      targets.filter((target) => files.has(target) && !(isException && recursiveTypes.has(target))),
    );
  }
  return components(imports).map((component) => component.toSorted());
}

/** Strongly connected components of more than one node (Tarjan). */
function components(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): void => {
    const index = order.size;
    order.set(node, index);
    lowest.set(node, index);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) lowest.set(node, Math.min(lowest.get(node) ?? 0, lowest.get(next) ?? 0));
    }
    if (lowest.get(node) !== index) return;
    const component = stack.splice(stack.indexOf(node));
    if (component.length > 1) found.push(component);
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return found;
}

function importsOf(text: string): string[] {
  const dynamic = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g);
  return [...staticImportsOf(text), ...Array.from(dynamic, ([, specifier = '']) => specifier)];
}

function staticImportsOf(text: string): string[] {
  const found = text.matchAll(
    /^\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]/gm,
  );
  return Array.from(found, ([, from, bare]) => from ?? bare ?? '');
}

/** Each SQL table belongs to the folder that its migration names in the first line: `-- Owner: server/students (students).` */
function tableOwners(migrations: ReadonlyMap<string, string>): Map<string, string> {
  const owners = new Map<string, string>();
  for (const text of migrations.values()) {
    const owner = /^-- Owner: (\S+) \(/.exec(text)?.[1];
    for (const [, table] of text.matchAll(/create table (?:if not exists )?([a-z_]+)/gi)) {
      if (table !== undefined && owner !== undefined) owners.set(table, owner);
    }
  }
  return owners;
}

function sources(pattern: RegExp): Map<string, string> {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
  const files = listed.split('\n').filter((file) => pattern.test(file));
  return new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
}

test('every import is allowed', () => {
  assert.deepEqual(violations(sources(/^(packages|apps)\/.*\.tsx?$/)), []);
});

test('planted violations are reported', () => {
  const planted = new Map([
    ['packages/dualbrake/src/a.ts', "import { readFileSync } from 'node:fs';"],
    ['packages/dualbrake/src/policies/b.ts', "import pino from 'pino';"],
    ['packages/console/src/c.ts', "import { Circuit } from '../../dualbrake/src/policies/circuit.ts';"],
    ['apps/driving-school/server/platform/d.ts', "export { students } from '../students/students.ts';"],
    [
      'apps/driving-school/server/lessons/e.ts',
      "import { StudentRepository } from '../students/student-repository.ts';",
    ],
    ['apps/driving-school/server/lessons/f.ts', "import {\n  startApplication,\n} from '../start.ts';"],
    ['apps/driving-school/server/commands/i.ts', "import { startApplication } from '../start.ts';"],
    ['apps/driving-school/server/commands/j.ts', "import { createBackup } from '../backup/create-backup.ts';"],
    ['apps/driving-school/server/platform/k.ts', "import { runCommand } from '../commands/command.ts';"],
    ['apps/driving-school/server/students/l.ts', "import { runCommand } from '../commands/command.ts';"],
    ['apps/driving-school/server/policies.ts', "import { students } from './students/students.ts';"],
    ['apps/driving-school/web/g.tsx', "const x = await import('../server/main.ts');"],
    ['apps/driving-school/contract/h.ts', "import 'fastify';"],
  ]);

  assert.equal(violations(planted).length, planted.size);
});

test('allowed imports are not reported', () => {
  const fine = new Map([
    ['packages/dualbrake/src/node/a.ts', "import { AsyncLocalStorage } from 'node:async_hooks';"],
    ['packages/console/src/b.ts', "import type { Registry } from 'dualbrake';"],
    ['apps/driving-school/server/lessons/c.ts', "import { findStudent } from '../students/students.ts';"],
    ['apps/driving-school/server/commands/e.ts', "import { createBackup } from '../backup/backup.ts';"],
    ['apps/driving-school/server/main.ts', "import { policies } from './policies.ts';"],
    ['apps/driving-school/web/d.tsx', "import { Button } from '@dualbrake/kit';"],
  ]);

  assert.deepEqual(violations(fine), []);
});

test('no package has a circle of imports', () => {
  const files = [...sources(/\.tsx?$/)].filter(([file]) => packages.test(file) && !/\.(test|types)\.tsx?$/.test(file));

  assert.ok(files.length > 300, `${files.length} files`);
  assert.deepEqual(circles(new Map(files)), []);
});

test('planted circles are reported, those of types as well; the recursive types are an exception unless imported at run time', () => {
  const planted = new Map([
    ['packages/console/src/a.ts', "import { b } from './b/b.ts';"],
    ['packages/console/src/b/b.ts', "import type { A } from '../a.ts';"],
    ['apps/driving-school/web/c.tsx', "export { d } from './d.ts';"],
    ['apps/driving-school/web/d.ts', "import type { E } from './e.ts';"],
    ['apps/driving-school/web/e.ts', "import './c.tsx';"],
    ['apps/driving-school/web/f.ts', "import './c.tsx';"],
    ['apps/driving-school/web/g.ts', "const h = await import('./h.ts');"],
    ['apps/driving-school/web/h.ts', "import { g } from './g.ts';"],
    ['packages/dualbrake/src/policy.ts', "import { Call } from './call.ts';"],
    ['packages/dualbrake/src/call.ts', "import { isPolicy } from './policy.ts';"],
    ['packages/dualbrake/src/host.ts', "import type { CallRecorder } from './recorder.ts';"],
    ['packages/dualbrake/src/recorder.ts', "import type { Host } from './host.ts';"],
  ]);

  assert.deepEqual(circles(planted), [
    ['packages/console/src/a.ts', 'packages/console/src/b/b.ts'],
    ['apps/driving-school/web/c.tsx', 'apps/driving-school/web/d.ts', 'apps/driving-school/web/e.ts'],
    ['packages/dualbrake/src/call.ts', 'packages/dualbrake/src/policy.ts'],
  ]);
});

test('each SQL table has one owner, and no other code uses it', () => {
  const owners = tableOwners(sources(/^apps\/driving-school\/migrations\/.*\.sql$/));
  const foreign = [...sources(/^apps\/driving-school\/server\/.*\.ts$/)].flatMap(([file, text]) => {
    const place = file.slice('apps/driving-school/'.length);
    if (/\.test\.ts$|\/testing\//.test(file)) return [];
    return [...owners]
      .filter(
        ([table, owner]) =>
          !place.startsWith(owner) &&
          // SQL in capital letters, or a method of Kysely; sentences may name a table's records.
          new RegExp(`\\b(INTO|UPDATE|FROM|JOIN)\\s+"?${table}\\b|(Into|Table|From|Join)\\(\\s*['"\`]${table}\\b`).test(
            text,
          ),
      )
      .map(([table, owner]) => `${file} uses "${table}", which belongs to ${owner}`);
  });

  assert.ok(owners.size > 0, 'no migration names an owner');
  assert.deepEqual(foreign, []);
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bundle } from './bundle.ts';
import { entries, packageFolder } from './library.ts';
import { measureSizes, remakeSizes, writtenSizes, type Sizes } from './sizes.ts';
import { stagePackage, temporaryFolder } from './staged-package.ts';

/** Share by which a bundle may differ before somebody has to look at it. */
const tolerance = 0.03;

const project = temporaryFolder();
before(() => stagePackage(join(project.path, 'node_modules/dualbrake')));
after(() => project.remove());

/** What is no longer as it was written down, in sentences. */
function differences(written: Sizes, measured: Sizes): string[] {
  const names = [...new Set([...Object.keys(written), ...Object.keys(measured)])];
  return names.flatMap((name) => {
    const figure = written[name];
    const now = measured[name];
    if (figure === undefined) return [`${name}: ${now} bytes, which sizes.json does not have.`];
    if (now === undefined) return [`${name}: sizes.json has it, and it is gone.`];
    if (now > figure * (1 + tolerance))
      return [`${name}: ${now} bytes, more than 3 % above the ${figure} of sizes.json.`];
    if (now < figure * (1 - tolerance))
      return [`${name}: ${now} bytes, more than 3 % below the ${figure} of sizes.json.`];
    return [];
  });
}

test('every bundle is within 3 % of its recorded size', async () => {
  const found = differences(writtenSizes(), await measureSizes(project.path));

  assert.deepEqual(found, [], `If this is meant to be, write it down: ${remakeSizes}`);
});

test('a bundle that has grown or shrunk by more than 3 %, is new or is missing is reported', () => {
  const written = { grown: 1_000, shrunk: 1_000, same: 1_000, gone: 1_000 };
  const measured = { grown: 1_031, shrunk: 969, same: 1_030, new: 1_000 };

  assert.deepEqual(differences(written, measured), [
    'grown: 1031 bytes, more than 3 % above the 1000 of sizes.json.',
    'shrunk: 969 bytes, more than 3 % below the 1000 of sizes.json.',
    'gone: sizes.json has it, and it is gone.',
    'new: 1000 bytes, which sizes.json does not have.',
  ]);
});

test('the README states the measured sizes', () => {
  const sizes = writtenSizes();
  const text = readFileSync(join(packageFolder, 'README.md'), 'utf8');
  const kilobytes = (name: string): string => `${Math.round((sizes[name] ?? Number.NaN) / 1_000)} kB`;

  for (const said of [
    `${kilobytes('dualbrake')} for all of the core`,
    `${kilobytes('dualbrake { CircuitBreaker, fallback, pipeline, retry, timeout }')} for breaker, retry`,
    `${kilobytes('dualbrake { retry }')} for \`retry\` alone`,
    `${kilobytes('dualbrake { classify }')} of each are the classifier's`,
  ]) {
    assert.ok(text.includes(said), said);
  }
});

/** A policy alone, and what of the others it may bring along. */
const alone: readonly { readonly name: string; readonly file: string }[] = [
  { name: 'retry', file: 'retry' },
  { name: 'CircuitBreaker', file: 'circuit-breaker' },
  { name: 'timeout', file: 'timeout' },
  { name: 'bulkhead', file: 'bulkhead' },
  { name: 'rateLimit', file: 'rate-limit' },
  { name: 'hedge', file: 'hedge' },
  { name: 'fallback', file: 'fallback' },
  { name: 'staleCache', file: 'stale-cache' },
  { name: 'measure', file: 'measure' },
];

for (const { name, file } of alone) {
  test(`importing ${name} pulls in no other policy`, async () => {
    const { files } = await bundle(project.path, `import { ${name} } from 'dualbrake'; globalThis.used = ${name};`);

    const policies = alone.map((policy) => `policies/${policy.file}.js`);
    assert.deepEqual(
      files.filter((each) => policies.includes(each)),
      [`policies/${file}.js`],
    );
  });
}

for (const { specifier } of entries) {
  test(`what is imported from ${specifier} and not used leaves nothing in a bundle`, async () => {
    const { code, files } = await bundle(
      project.path,
      `import * as unused from '${specifier}'; import '${specifier}';`,
    );

    assert.deepEqual({ code: code.trim(), files }, { code: '', files: [] });
  });
}

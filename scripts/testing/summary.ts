import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

const slowestShown = 10;

interface FileResult {
  readonly name: string;
  readonly durationMs: number;
}

/** A reporter for long runs: a line for each file, all about each failure, and at the end the sums and the slowest files. */
export async function* summary(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files: FileResult[] = [];
  const skipped = new Map<string, number>();
  const sums = { passed: 0, failed: 0, skipped: 0 };
  const startedAt = performance.now();
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    if (type === 'test:summary' && data.file !== undefined && !isGroup(data.file)) {
      files.push({ name: relative(process.cwd(), data.file), durationMs: data.duration_ms });
      yield lineOf(files.at(-1), data.success);
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.nesting === 0 && isFile(data.name)) {
      files.push({ name: data.name, durationMs: data.details.duration_ms });
      yield lineOf(files.at(-1), type === 'test:pass');
      continue;
    }
    if (data.details.type === 'suite') continue;
    if (data.skip !== undefined) {
      sums.skipped += 1;
      const reason = typeof data.skip === 'string' ? data.skip : 'without a reason';
      skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
    } else if (type === 'test:pass') sums.passed += 1;
    else {
      sums.failed += 1;
      const { error } = data.details;
      yield `\n✖ ${data.name}\n  ${data.file ?? ''}:${data.line ?? ''}\n${inspect(error.cause ?? error)}\n\n`;
    }
  }
  yield '\nSlowest files:\n';
  const slowest = files.toSorted((one, other) => other.durationMs - one.durationMs).slice(0, slowestShown);
  for (const { name, durationMs } of slowest) yield `  ${seconds(durationMs).padStart(7)}  ${name}\n`;
  for (const [reason, count] of skipped) yield `\nSkipped ${count}: ${reason}\n`;
  const { passed, failed } = sums;
  yield `\n${files.length} files, ${passed} tests passed, ${failed} failed, ${sums.skipped} skipped in ${seconds(performance.now() - startedAt)}\n`;
}

function isFile(name: string): boolean {
  return name.endsWith('.test.ts');
}

function isGroup(file: string): boolean {
  return file.includes('/testing/groups/');
}

function lineOf(file: FileResult | undefined, success: boolean): string {
  return file === undefined ? '' : `${success ? '✔' : '✖'} ${seconds(file.durationMs).padStart(7)}  ${file.name}\n`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

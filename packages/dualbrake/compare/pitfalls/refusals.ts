import { inspect, types } from 'node:util';
import type { Adapter } from '../adapter.ts';
import { must, offered, type Pitfall } from '../pitfall.ts';
import { fail, watch } from '../scene.ts';
import { turn } from '../time.ts';

/** What a library throws of its own: logged, sent to other threads and rewritten like any other error. */
export const refusals: readonly Pitfall[] = [
  {
    number: 'F9a',
    title: 'Refusals are native errors, as `Error.isError` sees it',
    async run(adapter) {
      for (const [kind, error] of await refusalsOf(adapter)) {
        must(types.isNativeError(error), `the ${kind}'s is not`);
      }
    },
  },
  {
    number: 'F9b',
    title: 'The message of a refusal can be changed',
    async run(adapter) {
      for (const [kind, error] of await refusalsOf(adapter)) {
        const { message } = error;
        try {
          error.message = `GET /students: ${message}`;
        } catch {
          // Looked at below.
        }
        must(error.message === `GET /students: ${message}`, `the ${kind}'s message stays the same`);
      }
    },
  },
  {
    number: 'F9c',
    title: 'A cloned refusal is still an error with its message',
    async run(adapter) {
      for (const [kind, error] of await refusalsOf(adapter)) {
        const copy: unknown = structuredClone(error);
        must(copy instanceof Error && copy.message === error.message, `the ${kind}'s becomes a bare object`);
      }
    },
  },
  {
    number: 'F9d',
    title: 'A refusal is printed with its name and its message',
    async run(adapter) {
      for (const [kind, error] of await refusalsOf(adapter)) {
        const [firstLine = ''] = inspect(error).split('\n');
        must(types.isNativeError(error), `an unhandled rejection with the ${kind}'s prints \`reason ""\``);
        must(firstLine.includes(error.message), `the ${kind}'s is printed without its message`);
      }
    },
  },
  {
    number: 'F9e',
    title: "The stack of an open breaker's refusal can name the calling code",
    remark:
      'dualbrake uses `stackTraces: true`; it is off by default, because a stack costs more than the rest of a refusal.',
    async run(adapter) {
      const breaker = adapter.breaker({ stackTraces: true });
      await fail(breaker, 3);
      const findStudent = (): Promise<unknown> => breaker.execute(() => 'never');
      const call = watch(findStudent());
      await turn();
      must(call.error instanceof Error && (call.error.stack ?? '').includes('findStudent'), 'it does not');
    },
  },
];

/** One of each kind that the library has. */
async function refusalsOf(adapter: Adapter): Promise<readonly (readonly [kind: string, error: Error])[]> {
  const breaker = adapter.breaker();
  await fail(breaker, 3);
  const full = adapter.queueingBulkhead?.({ limit: 1, queue: 0 });
  if (full !== undefined) watch(full.execute(() => new Promise(() => {})));
  const late = adapter.timeout?.(100);
  const calls = Object.entries({
    breaker: watch(breaker.execute(() => 'never')),
    bulkhead: full && watch(full.execute(() => 'never')),
    timeout: late && watch(late.execute(() => new Promise(() => {}))),
  });
  await adapter.time.advance(100);
  return calls.flatMap(([kind, call]) => {
    if (call === undefined) return [];
    return [[kind, offered(call.error as Error | undefined)] as const];
  });
}

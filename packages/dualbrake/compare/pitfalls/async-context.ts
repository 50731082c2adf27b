import { AsyncLocalStorage } from 'node:async_hooks';
import type { Guard, Operation } from '../adapter.ts';
import { must, offered, type Pitfall } from '../pitfall.ts';
import { watch } from '../scene.ts';
import { turn } from '../time.ts';

const USERS = ['ana', 'bo', 'cy'] as const;
const LIMIT_MS = 20;

/** Which user's request is being served: what a tenant, a transaction or a trace id would be kept in. */
const user = new AsyncLocalStorage<string>();

/** Whose async context the continuations of a call run in. On real time: faked timers run in whose hand moves them. */
export const asyncContext: readonly Pitfall[] = [
  {
    number: 'F2a',
    title: "A queued call runs in its own caller's async context",
    time: 'real',
    async run(adapter) {
      const slots = offered(adapter.queueingBulkhead?.({ limit: 1, queue: USERS.length }));
      const seen = await Promise.all(
        inEachContext(slots, async () => {
          await turn();
          return user.getStore();
        }),
      );
      mustBeTheirOwn(seen);
    },
  },
  {
    number: 'F2b',
    title: "At a timeout, the operation's abort listener runs in its own caller's async context",
    remark: 'opossum aborts all running calls through one signal, in the context of the first call to time out.',
    time: 'real',
    async run(adapter) {
      const guard = offered(adapter.timeout?.(LIMIT_MS));
      const seen: (string | undefined)[] = [];
      const calls = inEachContext(guard, ({ signal }) => {
        const place = USERS.indexOf(user.getStore() as (typeof USERS)[number]);
        return new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            seen[place] = user.getStore();
            reject(new Error('stopped'));
          });
        });
      });
      await Promise.allSettled(calls);
      mustBeTheirOwn(seen);
    },
  },
  {
    number: 'F2c',
    title: "A timeout listener runs in the async context of the call's own caller",
    time: 'real',
    async run(adapter) {
      const seen: (string | undefined)[] = [];
      const guard = offered(adapter.timeout?.(LIMIT_MS, () => seen.push(user.getStore())));
      await Promise.allSettled(inEachContext(guard, () => new Promise(() => {})));
      await turn();
      mustBeTheirOwn(seen);
    },
  },
];

function inEachContext(guard: Guard, operation: Operation): Promise<unknown>[] {
  return USERS.map((name) =>
    user.run(name, () => {
      const call = guard.execute(operation);
      watch(call);
      return call;
    }),
  );
}

function mustBeTheirOwn(seen: readonly unknown[]): void {
  must(seen.join() === USERS.join(), `the calls of ${USERS.join(', ')} saw ${seen.map(String).join(', ')}`);
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipeline, Registry, retry as retryPolicy } from '../index.ts';
import { circuitBreaker, fallback, guarded, retry } from './index.ts';

function reset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
}

test('F12: an async generator method is guarded to the end of its iteration', async () => {
  const registry = new Registry();
  class Lessons {
    readonly factor = 10;
    @circuitBreaker({ registry, failureThreshold: 2 })
    async *list(count: number): AsyncGenerator<number, void, undefined> {
      for (let item = 1; item <= count; item += 1) yield item * this.factor;
      if (count > 1) throw reset();
    }
  }
  const lessons = new Lessons();
  const outcomes: unknown[] = [];
  for (const count of [1, 2, 2, 1]) {
    const items: unknown[] = [];
    try {
      for await (const item of lessons.list(count)) items.push(item);
    } catch (error) {
      items.push((error as { code: unknown }).code);
    }
    outcomes.push(items);
  }

  assert.deepEqual(outcomes, [[10], [10, 20, 'ECONNRESET'], [10, 20, 'ECONNRESET'], ['CIRCUIT_OPEN']]);
  assert.equal(Object.prototype.toString.call(Lessons.prototype.list), '[object AsyncGeneratorFunction]');
  assert.deepEqual(
    registry.report().map(({ name }) => name),
    ['Lessons.list'],
  );
});

test('F12: an async generator method is tried again before its first item, under experimentalDecorators, too', async () => {
  let calls = 0;
  class Lessons {
    async *list(): AsyncGenerator<number, void, undefined> {
      calls += 1;
      if (calls < 3) throw reset();
      yield calls;
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Lessons.prototype, 'list') as TypedPropertyDescriptor<
    Lessons['list']
  >;
  retry({ strategy: 'immediate', registry: new Registry() })(Lessons.prototype, 'list', descriptor);
  Object.defineProperty(Lessons.prototype, 'list', descriptor);

  assert.deepEqual(await itemsOf(new Lessons().list()), [3]);
});

test('F12: a fallback gives items in place of an async generator method, and a pipeline can be put around one', async () => {
  const direct = pipeline('direct', [retryPolicy({ strategy: 'immediate', maxAttempts: 2 })]);
  let calls = 0;
  class Lessons {
    @fallback({ to: ['a copy', 'another'], registry: new Registry() })
    async *list(): AsyncGenerator<string, void, undefined> {
      yield await Promise.reject(reset());
    }
    @guarded(direct)
    async *again(): AsyncGenerator<number, void, undefined> {
      calls += 1;
      if (calls === 1) throw reset();
      yield calls;
    }
  }

  assert.deepEqual(await itemsOf(new Lessons().list()), ['a copy', 'another']);
  assert.deepEqual(await itemsOf(new Lessons().again()), [2]);
});

async function itemsOf<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** As a program without types does it. */
type AnyDecorator = (...parameters: unknown[]) => unknown;

const decorators: Readonly<Record<string, () => AnyDecorator>> = {
  retry: () => retry() as unknown as AnyDecorator,
  guarded: () => guarded(pipeline('p', [])) as unknown as AnyDecorator,
};

for (const [name, make] of Object.entries(decorators)) {
  test(`F12: a synchronous generator is refused when the class is defined: ${name}`, () => {
    class Lessons {
      *list(): Generator<number> {
        yield 1;
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Lessons.prototype, 'list');
    const refusal = {
      name: 'TypeError',
      message: /"list" is a synchronous generator\. Write it as async \*list\(\)\./,
    };

    assert.throws(() => make()(Lessons.prototype, 'list', descriptor), refusal);
    const context = { kind: 'method', name: 'list', addInitializer: () => undefined };
    assert.throws(() => make()(Lessons.prototype.list, context), refusal);
  });

  test(`what is no method is refused by what it is: ${name}`, () => {
    class Lessons {
      get count(): number {
        return 1;
      }
    }
    const getter = Object.getOwnPropertyDescriptor(Lessons.prototype, 'count');
    const standard = (kind: string): unknown => ({ kind, name: 'count', addInitializer: () => undefined });
    const decorate = make();
    const refusals: readonly (readonly [string, () => unknown])[] = [
      ['"count" is a getter or setter', () => decorate(Lessons.prototype, 'count', getter)],
      ['"count" is a field', () => decorate(Lessons.prototype, 'count', undefined)],
      ['"count" is a parameter', () => decorate(Lessons.prototype, 'count', 0)],
      ['this is a class', () => decorate(Lessons)],
      ['"count" is a getter', () => decorate(() => 1, standard('getter'))],
      ['"count" is a field', () => decorate(undefined, standard('field'))],
      ['"count" is an accessor', () => decorate({ get: () => 1 }, standard('accessor'))],
      ['"count" is a class', () => decorate(Lessons, standard('class'))],
    ];

    for (const [words, refused] of refusals) {
      assert.throws(refused, { name: 'TypeError', message: new RegExp(words) });
    }
  });
}

test('a method that is not async and returns a promise is guarded', async () => {
  let calls = 0;
  class Lessons {
    @retry({ strategy: 'immediate', registry: new Registry() })
    find(id: string): Promise<string> {
      calls += 1;
      return calls < 2 ? Promise.reject(reset()) : Promise.resolve(id);
    }
  }

  assert.equal(await new Lessons().find('l-1'), 'l-1');
  assert.equal(calls, 2);
});

test('F12: an answer whose work begins after the method has returned is refused, not counted as a success', async () => {
  const late: Readonly<Record<string, () => unknown>> = {
    // An async generator that was compiled for an engine without them.
    'iterator, whose items would not be guarded': () => ({
      next: () => Promise.resolve({ done: true, value: undefined }),
      [Symbol.asyncIterator]() {
        return this;
      },
    }),
    'Observable, whose work would not be guarded': () => ({ subscribe: () => undefined, pipe: () => undefined }),
  };
  for (const [words, answer] of Object.entries(late)) {
    class Lessons {
      list(): unknown {
        return answer();
      }
    }
    const registry = new Registry();
    const descriptor = Object.getOwnPropertyDescriptor(Lessons.prototype, 'list') as PropertyDescriptor;
    circuitBreaker({ registry })(Lessons.prototype, 'list', descriptor as never);
    const refused = (descriptor.value as (this: Lessons) => Promise<unknown>).call(new Lessons());

    await assert.rejects(refused, { name: 'TypeError', message: new RegExp(`"list" returned an ${words}`) });
  }
});

test('thenables that can also be iterated, as query builders are, are awaited', async () => {
  class Lessons {
    @retry({ registry: new Registry() })
    list(): Promise<number[]> {
      const rows = Promise.resolve([1, 2]);
      return {
        // oxlint-disable-next-line unicorn/no-thenable -- as query builders are
        then: rows.then.bind(rows),
        next: () => undefined,
        [Symbol.asyncIterator]: () => undefined,
      } as unknown as Promise<number[]>;
    }
  }

  assert.deepEqual(await new Lessons().list(), [1, 2]);
});

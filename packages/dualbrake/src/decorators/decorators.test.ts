import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker, pipeline, Registry } from '../index.ts';
import { ManualClock } from '../testing/index.ts';
import { circuitBreaker, fallback, guarded, retry, timeout } from './index.ts';

const down = (): Promise<never> =>
  Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));

test('R-APPLY-1: a service method as the client writes it: one call, three attempts', async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock, random: () => 0.5 });
  class StudentService {
    calls = 0;
    @circuitBreaker({ registry })
    @retry({ strategy: 'exponential' })
    async getStudentData(studentId: string): Promise<{ id: string }> {
      this.calls += 1;
      return this.calls < 3 ? down() : { id: studentId };
    }
  }
  const service = new StudentService();
  assert.deepEqual(
    registry.report().map(({ name, members }) => [name, members.map(({ kind }) => kind)]),
    [['StudentService.getStudentData', ['circuit-breaker', 'retry']]],
    'listed before the first call, topmost outermost',
  );

  const answer = service.getStudentData('s-1');
  await clock.advance(500 + 1_000);

  assert.deepEqual(await answer, { id: 's-1' });
  assert.equal(service.calls, 3);
});

test('B36: an open circuit names the method', async () => {
  const registry = new Registry();
  class Mail {
    @circuitBreaker({ registry, failureThreshold: 1 })
    async send(): Promise<void> {
      return down();
    }
  }
  const mail = new Mail();
  await assert.rejects(mail.send(), { code: 'ECONNREFUSED' });

  await assert.rejects(mail.send(), { code: 'CIRCUIT_OPEN', breaker: 'Mail.send' });
});

test('B36: one state per class, or per instance, as chosen', async () => {
  const registry = new Registry();
  class Shared {
    @circuitBreaker({ registry, failureThreshold: 1 })
    async call(): Promise<void> {
      return down();
    }
  }
  class Own {
    @circuitBreaker({ registry, failureThreshold: 1, scope: 'instance' })
    async call(): Promise<void> {
      return down();
    }
  }
  await assert.rejects(new Shared().call(), { code: 'ECONNREFUSED' });
  await assert.rejects(new Own().call(), { code: 'ECONNREFUSED' });

  await assert.rejects(new Shared().call(), { code: 'CIRCUIT_OPEN' });
  await assert.rejects(new Own().call(), { code: 'ECONNREFUSED' });
});

test('B36: name, length, this, arguments and Symbol.toStringTag are untouched', async () => {
  class Service {
    readonly factor = 3;
    @retry({ registry: new Registry() })
    async times(a: number, _b?: number): Promise<number> {
      return a * this.factor;
    }
  }
  const { times } = Service.prototype;

  assert.equal(await new Service().times(7), 21);
  assert.deepEqual(
    [times.name, times.length, Object.prototype.toString.call(times)],
    ['times', 2, '[object AsyncFunction]'],
  );
});

test('B36: static, private and inherited methods work', async () => {
  const registry = new Registry();
  class Base {
    @retry({ registry })
    static async shared(value: string): Promise<string> {
      return `${value} of ${this.name}`;
    }
    @retry({ registry })
    async inherited(): Promise<string> {
      return `inherited by ${this.constructor.name}`;
    }
    @retry({ registry })
    async #hidden(): Promise<string> {
      return 'hidden';
    }
    reveal(): Promise<string> {
      return this.#hidden();
    }
  }
  class Derived extends Base {}
  const derived = new Derived();

  assert.equal(await Base.shared('x'), 'x of Base');
  assert.equal(await derived.inherited(), 'inherited by Derived');
  assert.equal(await derived.reveal(), 'hidden');
  const names = registry.report().map(({ name }) => name.replace('_Base', 'Base')); // esbuild renames a class that names itself
  assert.deepEqual(names.toSorted(), ['Base.inherited', 'Base.shared', 'Derived.#hidden']);
});

const namesIn = (registry: Registry): string[] => registry.report().map(({ name }) => name);

test('two classes of one name are told apart', async () => {
  const registry = new Registry();
  const first = class Service {
    @retry({ registry })
    async call(): Promise<string> {
      return 'first';
    }
  };
  const second = class Service {
    @retry({ registry })
    async call(): Promise<string> {
      return 'second';
    }
  };

  await new first().call();
  await new second().call();

  assert.deepEqual(namesIn(registry), ['Service.call', 'Service.call (2)']);
});

/** A module that is loaded again makes its classes again. */
function loadService(registry: Registry): new () => { call(): Promise<void>; list(): Promise<void> } {
  return class Service {
    @circuitBreaker({ registry })
    @retry({ registry })
    async call(): Promise<void> {}
    @retry({ registry })
    async list(): Promise<void> {}
  };
}

test('F19: a class that is made again takes the place of its predecessor', async () => {
  const registry = new Registry();
  const [Old, New] = [loadService(registry), loadService(registry)];
  await new Old().call();
  const [before] = registry.members();

  await new New().call();
  await new New().list();
  await new Old().call();

  assert.deepEqual(namesIn(registry), ['Service.call', 'Service.list']);
  assert.ok(before !== undefined && registry.idOf(before) === undefined, 'the one that is listed is the new one');
});

test('F19: each of many loads replaces the one before, also under experimentalDecorators', async () => {
  const registry = new Registry();
  for (let load = 0; load < 5; load += 1) {
    class Service {
      async call(): Promise<void> {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(Service.prototype, 'call') as PropertyDescriptor;
    retry({ registry })(Service.prototype, 'call', descriptor);
    Object.defineProperty(Service.prototype, 'call', descriptor);
    await new Service().call();
  }

  assert.deepEqual(namesIn(registry), ['Service.call']);
});

test('F19: classes made by one mixin over different classes are told apart', async () => {
  const registry = new Registry();
  const mixin = (Base: new () => object): new () => { call(): Promise<void> } =>
    class Service extends Base {
      @retry({ registry })
      async call(): Promise<void> {}
    };
  class Students {
    readonly table = 'students';
  }
  class Lessons {
    readonly table = 'lessons';
  }

  await new (mixin(Students))().call();
  await new (mixin(Lessons))().call();

  assert.deepEqual(namesIn(registry), ['Service.call', 'Service.call (2)']);
});

test('F19: two stacks of decorators on one method are two listings, and both are replaced together', async () => {
  const registry = new Registry();
  const foreign = <This>(method: (this: This) => Promise<void>) =>
    async function (this: This): Promise<void> {
      return method.call(this);
    };
  const load = (): new () => { call(): Promise<void> } =>
    class Service {
      @circuitBreaker({ registry })
      @foreign
      @retry({ registry })
      async call(): Promise<void> {}
    };

  for (const Service of [load(), load(), load()]) await new Service().call();

  assert.deepEqual(
    registry.report().map(({ name, members }) => [name, members[0]?.kind]),
    [
      ['Service.call', 'retry'],
      ['Service.call (2)', 'circuit-breaker'],
    ],
  );
});

test('F19: what somebody else has listed under the name is not replaced', async () => {
  const registry = new Registry();
  const [Old, New] = [loadService(registry), loadService(registry)];
  await new Old().call();
  registry.remove('Service.call');
  const mine = new CircuitBreaker({ name: 'mine' });
  registry.add('Service.call', [mine]);

  await new New().call();

  assert.equal(registry.idOf(mine), 'Service.call.mine');
  assert.ok(registry.has('Service.call (2)'));
});

test('timeout and fallback decorate, too', async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  class Service {
    @fallback({ to: 'a copy', registry })
    @timeout({ limitMs: 100 })
    async read(): Promise<string> {
      return new Promise(() => {});
    }
  }

  const answer = new Service().read();
  await clock.advance(100);

  assert.equal(await answer, 'a copy');
});

test('an existing breaker can be given, and an existing pipeline put around a method', async () => {
  const breaker = new CircuitBreaker({ name: 'database', failureThreshold: 1 });
  const reads = pipeline('reads', [breaker]);
  class Service {
    readonly pipelines = { reads };
    @circuitBreaker(breaker)
    async one(): Promise<void> {
      return down();
    }
    @guarded(reads)
    async two(): Promise<void> {}
    @guarded((self: Service) => self.pipelines.reads)
    async three(): Promise<void> {}
  }
  const service = new Service();
  await assert.rejects(service.one(), { code: 'ECONNREFUSED' });

  await assert.rejects(service.two(), { code: 'CIRCUIT_OPEN', breaker: 'database' });
  await assert.rejects(service.three(), { code: 'CIRCUIT_OPEN', breaker: 'database' });
});

test('wrong options are told where they are written', () => {
  assert.throws(() => circuitBreaker({ failureThreshold: 0 }), { code: 'INVALID_SETTINGS' });
  assert.throws(() => retry({ maxAttempts: 1.5 }), { code: 'INVALID_SETTINGS' });
});

test('B51b: works under experimentalDecorators, too', async () => {
  // What the compiler emits for `@circuitBreaker() @retry() async call()` with that setting.
  const registry = new Registry();
  class Service {
    calls = 0;
    async call(value: string): Promise<string> {
      this.calls += 1;
      return this.calls < 2 ? down() : value;
    }
  }
  const key = 'call';
  const descriptor = Object.getOwnPropertyDescriptor(Service.prototype, key) as TypedPropertyDescriptor<
    Service['call']
  >;
  for (const decorate of [retry({ strategy: 'immediate', registry }), circuitBreaker({ registry })])
    decorate(Service.prototype, key, descriptor);
  Object.defineProperty(Service.prototype, key, descriptor);

  assert.equal(await new Service().call('fine'), 'fine');
  assert.deepEqual(
    registry.report().map(({ name, members }) => [name, members.map(({ kind }) => kind)]),
    [['Service.call', ['circuit-breaker', 'retry']]],
  );
});

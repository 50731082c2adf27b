import 'reflect-metadata';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipeline, Registry, retry as retryPolicy } from '../index.ts';
import { circuitBreaker, guarded, retry, timeout } from './index.ts';

type LegacyDecorator = (target: object, key: string | symbol, descriptor: PropertyDescriptor) => unknown;

/** What the compiler emits for decorators under `experimentalDecorators`, topmost first. */
function decorate(target: object, key: string | symbol, ...decorators: readonly unknown[]): void {
  let descriptor = Object.getOwnPropertyDescriptor(target, key) as PropertyDescriptor;
  for (const decorator of decorators.toReversed()) {
    descriptor = ((decorator as LegacyDecorator)(target, key, descriptor) as PropertyDescriptor) ?? descriptor;
  }
  Object.defineProperty(target, key, descriptor);
}

/** Like SetMetadata of NestJS. */
function mark(key: unknown, value: unknown): LegacyDecorator {
  return (_target, _key, descriptor) => Reflect.defineMetadata(key, value, descriptor.value as object);
}

/** Like UseGuards of NestJS: adds to what is there. */
function append(key: unknown, value: unknown): LegacyDecorator {
  return (_target, _key, { value: method }) => {
    const before = (Reflect.getMetadata(key, method as object) as unknown[] | undefined) ?? [];
    Reflect.defineMetadata(key, [...before, value], method as object);
  };
}

const registry = (): Registry => new Registry();

/** Every kind of decorator of ours that wraps a method. */
const wrappers: Readonly<Record<string, () => unknown>> = {
  retry: () => retry({ registry: registry() }),
  'circuitBreaker by instance': () => circuitBreaker({ registry: registry(), scope: 'instance' }),
  'guarded by a pipeline': () => guarded(pipeline('p', [retryPolicy()])),
};

for (const [name, wrap] of Object.entries(wrappers)) {
  test(`F1: metadata below, above and between stacked decorators stays readable: ${name}`, () => {
    class Service {
      async get(): Promise<number> {
        return 1;
      }
    }
    decorate(
      Service.prototype,
      'get',
      mark('above', 1),
      append('guards', 'above'),
      wrap(),
      mark('between', 2),
      append('guards', 'between'),
      timeout({ limitMs: 1_000, registry: registry() }),
      mark('below', 3),
      append('guards', 'below'),
    );
    const { get } = Service.prototype;

    assert.deepEqual(
      ['above', 'between', 'below', 'guards'].map((key) => Reflect.getMetadata(key, get) as unknown),
      [1, 2, 3, ['below', 'between', 'above']],
    );
    assert.deepEqual(
      ['above', 'between', 'below'].map((key) => Reflect.getOwnMetadata(key, get) as unknown),
      [1, 2, 3],
      'also for libraries that read only what is defined on the function itself',
    );
    assert.deepEqual((Reflect.getOwnMetadataKeys(get) as string[]).toSorted(byText), [
      'above',
      'below',
      'between',
      'guards',
    ]);
  });

  test(`F1: metadata that the original method gets later is readable through the decorated one: ${name}`, () => {
    class Service {
      async get(): Promise<number> {
        return 1;
      }
    }
    const original = Service.prototype.get;
    decorate(Service.prototype, 'get', wrap());

    Reflect.defineMetadata('later', 'seen', original);

    assert.equal(Reflect.getMetadata('later', Service.prototype.get), 'seen');
  });

  test(`F1: own properties of every kind stay: ${name}`, () => {
    class Service {
      async get(_id: string): Promise<number> {
        return 1;
      }
    }
    const mine = Symbol('mine');
    const original = Service.prototype.get;
    Object.assign(original, { plain: 1, [mine]: 2 });
    Object.defineProperties(original, {
      hidden: { value: 3, configurable: false, enumerable: false, writable: false },
      computed: {
        get(this: { plain: number }) {
          return this.plain + 3;
        },
        enumerable: true,
        configurable: true,
      },
    });
    decorate(Service.prototype, 'get', wrap());
    const { get } = Service.prototype;

    assert.deepEqual(Object.getOwnPropertyDescriptors(get), Object.getOwnPropertyDescriptors(original));
    assert.deepEqual(Reflect.ownKeys(get).toSorted(byText), Reflect.ownKeys(original).toSorted(byText));
    assert.deepEqual([get.name, get.length], ['get', 1]);
    assert.equal((get as unknown as { computed: number }).computed, 4);
  });

  test(`F1: a decorated method is still a method to everything that looks at it: ${name}`, () => {
    class Service {
      async get(): Promise<number> {
        return 1;
      }
    }
    const original = Service.prototype.get;
    decorate(Service.prototype, 'get', wrap());
    const { get } = Service.prototype;

    assert.equal(Object.prototype.toString.call(get), '[object AsyncFunction]');
    assert.equal((get as { constructor: { name: string } }).constructor.name, 'AsyncFunction');
    assert.equal(get instanceof original.constructor, true);
    assert.equal('prototype' in get, 'prototype' in original);
    assert.throws(() => Reflect.construct(get, []), TypeError, 'methods are no constructors');
  });
}

function byText(one: string | symbol, other: string | symbol): number {
  return String(one) < String(other) ? -1 : 1;
}

test('F1: a method that a decorator with metadata of its own reads by prototype chain keeps it', async () => {
  // Libraries such as @abraham/reflection cannot list the keys of what they hold.
  const store = new WeakMap<object, unknown>();
  const read = (target: object | null): unknown =>
    target === null ? undefined : (store.get(target) ?? read(Object.getPrototypeOf(target) as object | null));
  class Service {
    async get(): Promise<number> {
      return 1;
    }
  }
  const roles = (role: string) => (_target: object, _key: string | symbol, descriptor: PropertyDescriptor) => {
    store.set(descriptor.value as object, role);
  };
  decorate(Service.prototype, 'get', circuitBreaker({ registry: registry() }), retry(), roles('admin'), retry());

  assert.equal(read(Service.prototype.get), 'admin');
});

test('F1: standard decorators: functions marked below and above, and metadata of the class', async () => {
  const marks = <M extends object>(key: string, method: M): M => Object.assign(method, { [key]: true });
  class Service {
    @((method: (this: Service) => Promise<number>) => {
      Reflect.defineMetadata('above', 1, method);
      return marks('above', method);
    })
    @circuitBreaker({ registry: registry() })
    @((method: (this: Service) => Promise<number>) => marks('between', method))
    @retry({ registry: registry() })
    @((method: (this: Service) => Promise<number>) => {
      Reflect.defineMetadata('below', 2, method);
      return marks('below', method);
    })
    async get(): Promise<number> {
      return 1;
    }
  }
  const { get } = Service.prototype;

  assert.deepEqual(Object.keys(get).toSorted(), ['above', 'below', 'between']);
  assert.deepEqual([Reflect.getMetadata('above', get), Reflect.getOwnMetadata('below', get)], [1, 2]);
  assert.equal(await new Service().get(), 1);
});

test('F1: static, inherited and symbol-named methods keep what is theirs, and an override has its own', async () => {
  const key = Symbol('list');
  class Base {
    static async make(): Promise<string> {
      return this.name;
    }
    async get(): Promise<string> {
      return 'base';
    }
    async [key](): Promise<string> {
      return 'listed';
    }
  }
  class Derived extends Base {
    override async get(): Promise<string> {
      return `derived of ${await super.get()}`;
    }
  }
  decorate(Base, 'make', retry({ registry: registry() }), mark('kind', 'static'));
  decorate(Base.prototype, 'get', retry({ registry: registry() }), mark('roles', ['user']));
  decorate(Base.prototype, key, retry({ registry: registry() }), mark('roles', ['lister']));
  decorate(Derived.prototype, 'get', mark('roles', ['admin']), retry({ registry: registry() }));
  class Grandchild extends Derived {}

  assert.deepEqual(
    [
      Reflect.getMetadata('kind', Derived.make),
      Reflect.getMetadata('roles', Base.prototype.get),
      Reflect.getMetadata('roles', Grandchild.prototype.get),
      Reflect.getMetadata('roles', Grandchild.prototype[key]),
    ],
    ['static', ['user'], ['admin'], ['lister']],
  );
  assert.deepEqual(
    [await Derived.make(), await new Grandchild().get(), await new Grandchild()[key]()],
    ['Derived', 'derived of base', 'listed'],
  );
});

test('F1: metadata by target and key, as parameter decorators write it, is not touched', () => {
  class Service {
    async get(_id: string): Promise<number> {
      return 1;
    }
  }
  Reflect.defineMetadata('params', ['id'], Service, 'get');
  Reflect.defineMetadata('design:paramtypes', [String], Service.prototype, 'get');
  decorate(Service.prototype, 'get', retry({ registry: registry() }));

  assert.deepEqual(Reflect.getMetadata('params', Service, 'get'), ['id']);
  assert.deepEqual(Reflect.getMetadata('design:paramtypes', Service.prototype, 'get'), [String]);
});

test('F1: a frozen method is decorated, too', async () => {
  class Service {
    async get(): Promise<number> {
      return 1;
    }
  }
  Object.freeze(Object.assign(Service.prototype.get, { role: 'admin' }));
  decorate(Service.prototype, 'get', mark('above', 1), retry({ registry: registry() }));

  assert.equal((Service.prototype.get as unknown as { role: string }).role, 'admin');
  assert.equal(await new Service().get(), 1);
});

test('F1: a function that pipeline.wrap guards keeps name, length and properties', async () => {
  async function find(_context: unknown, id: string): Promise<string> {
    return id;
  }
  Object.assign(find, { role: 'admin' });
  Reflect.defineMetadata('roles', ['admin'], find);

  const wrapped = pipeline('p', [retryPolicy()]).wrap(find);

  assert.deepEqual([wrapped.name, wrapped.length], ['find', 2]);
  assert.equal((wrapped as unknown as { role: string }).role, 'admin');
  assert.deepEqual(Reflect.getMetadata('roles', wrapped), ['admin']);
  assert.equal(await wrapped({}, 's-1'), 's-1');
});

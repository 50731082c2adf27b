/** Makes the thrown value that a case of the corpus describes: shapes as libraries throw them. */
import { runInNewContext } from 'node:vm';
import type { ClassifyContext } from '../../classification.ts';

/** What a case says of a thrown value, or of a part of one; `$kind` says how it is made, an `Error` unless it does. */
export interface Described {
  readonly $kind?: string;
  /** Name of the class, where it is not the error's `name`. */
  readonly $ctor?: string;
  readonly [property: string]: unknown;
}

/** What a case says of the call. */
export interface DescribedContext {
  readonly now?: string;
  readonly dependency?: string;
  /** `$self`: the thrown value is the reason of the signal. */
  readonly signal?: { readonly reason: Described | '$self' };
}

export function revive(described: Described): unknown {
  const make = makers[described.$kind ?? 'error'];
  if (make === undefined) throw new Error(`The corpus has a kind that nobody can make: ${String(described.$kind)}.`);
  return make(described);
}

export function reviveContext({ now, dependency, signal }: DescribedContext, error: unknown): ClassifyContext {
  return {
    ...(now === undefined ? {} : { now: Date.parse(now) }),
    ...(dependency === undefined ? {} : { dependency }),
    ...(signal === undefined ? {} : { signal: abortedFor(signal.reason, error) }),
  };
}

function abortedFor(reason: Described | '$self', error: unknown): AbortSignal {
  return AbortSignal.abort(reason === '$self' ? error : revive(reason));
}

type Maker = (described: Described) => unknown;

const makers: Readonly<Record<string, Maker>> = {
  error: makeError,
  value: ({ value }) => value,
  undefined: () => undefined,
  plain: (described) => inside(rest(described, '$kind')),
  headers: ({ entries }) => new Headers(entries as Record<string, string>),
  domexception: ({ message, name }) => new DOMException(String(message), String(name)),
  aggregate: (described) => {
    const errors = (described['errors'] as Described[]).map(revive);
    const properties = rest(described, '$kind', 'name', 'errors', 'message');
    return assign(new AggregateError(errors, described['message'] as string | undefined), properties);
  },
  response: ({ status, headers, body }) => {
    const content = status === 204 || status === 304 ? null : ((body as string | undefined) ?? '');
    return new Response(content, { status: Number(status), headers: headers as Record<string, string> });
  },
  /** Only what a classifier may ask of the metadata of gRPC. */
  metadata: ({ entries }) => {
    const values = new Map(Object.entries(entries as Record<string, string>));
    const get = (key: string): string[] => [values.get(key.toLowerCase())].filter((value) => value !== undefined);
    return { get, getMap: () => Object.fromEntries(values) };
  },
  special: (described) => {
    const make = specials[String(described['what'])];
    if (make === undefined) throw new Error(`Nobody can make this: ${JSON.stringify(described)}.`);
    return make(described);
  },
};

/** What a classifier meets once in a lifetime and must survive. */
const specials: Readonly<Record<string, Maker>> = {
  'response-error': () => Response.error(),
  symbol: () => Symbol('thrown'),
  function: () => () => undefined,
  bigint: () => 1n,
  'null-prototype': ({ statusCode }) => Object.assign(Object.create(null) as object, { statusCode }),
  frozen: (described) => Object.freeze(bare(described)),
  'odd-name': (described) => assign(bare(described), { name: 5 }),
  'revoked-proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'throwing-getter': (described) => {
    const error = bare(described);
    if (described['name'] !== 'Error') error.name = String(described['name']);
    return Object.defineProperty(error, String(described['getter']), { get: throwing, enumerable: true });
  },
  'cyclic-cause': (described) => {
    const error = bare(described);
    return assign(error, { cause: error });
  },
  'cyclic-cause-2': (described) => {
    const inner = makeError(described['inner'] as Described);
    const outer = new Error(String(described['message']), { cause: inner });
    inner.cause = outer;
    return outer;
  },
  'deep-cause': ({ depth, inner }) => {
    let error = makeError(inner as Described);
    for (let wrapper = 0; wrapper < Number(depth); wrapper += 1) error = new Error('wrapper', { cause: error });
    return error;
  },
  'cross-realm': (described) =>
    runInNewContext('Object.assign(new globalThis[name](message), properties)', {
      name: String(described['name']),
      message: described['message'],
      properties: rest(described, '$kind', 'what', 'name', 'message'),
    }),
};

function throwing(): never {
  throw new Error('a getter that throws');
}

function rest(described: Described, ...without: readonly string[]): object {
  return Object.fromEntries(Object.entries(described).filter(([name]) => !without.includes(name)));
}

function bare({ message, code, syscall, statusCode }: Described): Error {
  const given = Object.entries({ code, syscall, statusCode }).filter(([, value]) => value !== undefined);
  return assign(new Error((message as string | undefined) ?? ''), Object.fromEntries(given));
}

const natives: Readonly<Record<string, ErrorConstructor>> = {
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
};

function makeError(described: Described): Error {
  const { $ctor, name, message, cause } = described;
  const properties = rest(described, '$kind', '$ctor', 'name', 'message', 'cause');
  const Native = natives[String(name)] ?? Error;
  const Class =
    $ctor === undefined || natives[$ctor] !== undefined ? Native : { [$ctor]: class extends Native {} }[$ctor];
  const error = new (Class ?? Native)((message as string | undefined) ?? '');
  // As libraries do: own and hidden.
  if (name !== undefined && error.name !== name) hide(error, 'name', name);
  if (cause !== undefined) hide(error, 'cause', inside(cause));
  return assign(error, inside(properties) as object);
}

function hide(error: Error, property: string, value: unknown): void {
  Object.defineProperty(error, property, { value, writable: true, configurable: true, enumerable: false });
}

function assign<T extends object>(target: T, properties: object): T {
  return Object.assign(target, inside(properties));
}

/** Descriptions inside of descriptions. */
function inside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inside);
  if (Object.prototype.toString.call(value) !== '[object Object]') return value;
  if ((value as Described).$kind !== undefined) return revive(value as Described);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value as object).map(([name, each]) => [name, inside(each)]));
}

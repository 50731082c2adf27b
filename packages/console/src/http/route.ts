import type { Clock } from 'dualbrake';
import type { z } from 'zod';
import type { ControlPlane } from '../control/control-plane.ts';
import type { ConsoleUser } from '../options.ts';
import type { Permission } from '../permissions.ts';
import type { Menu } from '../sign-in/menu.ts';
import type { Streams } from '../stream/streams.ts';
import type { ProblemCode } from '../contract/problem.ts';
import { readBody, readQuery } from './body.ts';

/** What a handler is given. */
export interface Exchange<Q = unknown, B = unknown> {
  readonly plane: ControlPlane;
  readonly request: Request;
  readonly user: ConsoleUser;
  /** Where this person can go from the console. */
  readonly menu: Menu;
  /** The ids in the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  /** The body as it came: tells repeated orders from changed ones. */
  readonly text: string;
  /** Where the console is mounted. */
  readonly base: string;
  readonly streams: Streams;
  readonly clock: Clock;
}

/** What of an exchange is there before query and body have been read. */
export type Asked = Omit<Exchange, 'query' | 'body' | 'text'>;

/** A line of the table: what the address takes, who may, and what it answers. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, such as `/breakers/{id}`. */
  readonly path: string;
  readonly permission: Permission;
  readonly summary: string;
  readonly tag: string;
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
  /** What it answers when all is well, by status; a word for what is not JSON. */
  readonly answers: Readonly<Record<number, z.ZodType | string>>;
  readonly problems: readonly ProblemCode[];
  /** Whether it needs an Idempotency-Key. */
  readonly isOrder: boolean;
  /** `If-Match`: looked at when it comes, or must come. */
  readonly ifMatch: 'may' | 'must' | undefined;
  handle(asked: Asked): Promise<Response>;
}

interface Definition<Q extends z.ZodType, B extends z.ZodType> {
  readonly permission: Permission;
  readonly summary: string;
  readonly query?: Q;
  readonly body?: B;
  readonly answers: Route['answers'];
  readonly problems?: readonly ProblemCode[];
  readonly isOrder?: boolean;
  readonly ifMatch?: 'may' | 'must';
  readonly handle: (exchange: Exchange<z.output<Q>, z.output<B>>) => Promise<Response>;
}

/** Makes a line of the table, whose handler gets query and body as its schemas say. */
export function route<Q extends z.ZodType, B extends z.ZodType>(
  address: `${Route['method']} /${string}`,
  { query, body, problems = [], ifMatch, isOrder, handle, ...rest }: Definition<Q, B>,
): Route {
  const [method = 'GET', path = '/'] = address.split(' ');
  return {
    ...rest,
    method: method as Route['method'],
    path,
    tag: path.split('/')[1] ?? '',
    query,
    body,
    problems,
    ifMatch,
    isOrder: isOrder ?? method !== 'GET',
    async handle(asked) {
      const parsed = query === undefined ? undefined : readQuery(asked.request, query);
      const read = body === undefined ? { body: undefined, text: '' } : await readBody(asked.request, body);
      return handle({ ...asked, query: parsed as z.output<Q>, body: read.body as z.output<B>, text: read.text });
    },
  };
}

interface Compiled {
  readonly route: Route;
  readonly parts: readonly string[];
}

/** Finds the line of the table for an address. */
export class Router {
  readonly #routes: readonly Compiled[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((each) => ({ route: each, parts: each.path.split('/') }));
  }

  /** @param path below `/api/v1`, not decoded @returns the fitting line, and which methods the address takes */
  find(
    method: string,
    path: string,
  ): {
    readonly route: Route | undefined;
    readonly params: Record<string, string>;
    readonly methods: readonly string[];
  } {
    const given = path.split('/');
    const fitting = this.#routes.flatMap(({ route: each, parts }) => {
      const params = match(parts, given);
      return params === undefined ? [] : [{ route: each, params }];
    });
    // A fixed word wins over an id: `errors/classes`.
    const found = fitting
      .filter(({ route: each }) => each.method === method)
      .toSorted((one, other) => Object.keys(one.params).length - Object.keys(other.params).length)[0];
    return {
      route: found?.route,
      params: found?.params ?? {},
      methods: [...new Set(fitting.map(({ route: each }) => each.method))],
    };
  }
}

function match(parts: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (parts.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [place, part] of parts.entries()) {
    const value = given[place] ?? '';
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) {
      if (part !== value) return undefined;
      continue;
    }
    const decoded = decode(value);
    if (decoded === undefined || decoded === '' || decoded.length > 300) return undefined;
    params[name] = decoded;
  }
  return params;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

import type { z } from 'zod';
import type { ProblemCode } from '../contract/problem.ts';
import type { ActionRequest } from '../control/audited-actions.ts';
import type { ControlPlane } from '../control/create-control-plane.ts';
import type { ConsoleUser } from '../options.ts';
import type { Permission } from '../permissions.ts';
import type { Menu } from '../sign-in/menu.ts';
import type { Streams } from '../stream/streams.ts';
import { readBody, readQuery } from './body.ts';
import { answerOf, type Answer, type Idempotency } from './idempotency.ts';
import { correlationIdOf } from './problem.ts';

/** An authorized request, before query and body are read. */
export interface Call {
  readonly plane: ControlPlane;
  readonly request: Request;
  readonly user: ConsoleUser;
  /** Links for this user. */
  readonly menu: Menu;
  /** Decoded IDs in the path. */
  readonly params: Readonly<Record<string, string>>;
  /** Where the console is mounted. */
  readonly base: string;
  readonly streams: Streams;
  readonly idempotency: Idempotency;
}

/** The input of a handler. */
export interface Exchange<P extends string, Q, B> extends Omit<Call, 'params' | 'idempotency'> {
  readonly params: Readonly<Record<P, string>>;
  readonly query: Q;
  readonly body: B;
  /**
   * Carries out a change once for its Idempotency-Key.
   *
   * @param answer default: 200 with the result as JSON
   */
  readonly change: <T>(act: (request: ActionRequest) => T, answer?: (result: T) => Answer) => Promise<Response>;
}

/** The declaration of a route, except for its handler. */
interface RouteFacts<Q, B> {
  readonly summary: string;
  readonly query?: Q | undefined;
  readonly body?: B | undefined;
  /** Successful answers by status: schemas of JSON, or descriptions of anything else. */
  readonly answers: Readonly<Record<number, z.ZodType | string>>;
  /** Besides those that follow from the rest. */
  readonly problems?: readonly ProblemCode[];
  /** Whether it changes something, and so needs an Idempotency-Key. Default: every method but GET. */
  readonly isAction?: boolean;
  readonly ifMatch?: 'optional' | 'required' | undefined;
}

/** A method of a URL. */
export interface Route extends RouteFacts<z.ZodType, z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, such as `/breakers/{id}`. */
  readonly path: string;
  readonly permission: Permission;
  /** All of them. */
  readonly problems: readonly ProblemCode[];
  readonly isAction: boolean;
  handle(call: Call): Promise<Response>;
}

interface Definition<P extends string, Q extends z.ZodType, B extends z.ZodType> extends RouteFacts<Q, B> {
  /** @returns a value that is sent as JSON, or a response */
  readonly handle: (exchange: Exchange<P, z.output<Q>, z.output<B>>) => unknown;
}

/** Reading needs `state:read` by default; everything else names its permission. */
type PermissionFor<A extends string> = A extends `GET ${string}`
  ? { readonly permission?: Permission }
  : { readonly permission: Permission };

type ParamsOf<A extends string> = A extends `${string}{${infer Name}}${infer Rest}` ? Name | ParamsOf<Rest> : never;

const problemsOfActions: readonly ProblemCode[] = [
  'idempotency-key-missing',
  'idempotency-key-reused',
  'permission',
  'cross-site',
  'too-many-orders',
  'audit-unavailable',
];

const problemsOfVersions: Readonly<Record<NonNullable<Route['ifMatch']>, readonly ProblemCode[]>> = {
  optional: ['version-changed'],
  required: ['config-conflict', 'version-missing'],
};

/** @param address method and path */
export function route<A extends `${Route['method']} /${string}`, Q extends z.ZodType, B extends z.ZodType>(
  address: A,
  { permission = 'state:read', problems = [], handle, ...facts }: PermissionFor<A> & Definition<ParamsOf<A>, Q, B>,
): Route {
  const [method, path = ''] = address.split(' ') as [Route['method'], string?];
  const { query, body, ifMatch, isAction = method !== 'GET' } = facts;
  const implied: ProblemCode[] = [
    ...(query === undefined && body === undefined ? [] : (['invalid-order'] as const)),
    ...(path.includes('{') ? (['not-found'] as const) : []),
    ...(isAction ? problemsOfActions : []),
    ...(ifMatch === undefined ? [] : problemsOfVersions[ifMatch]),
  ];
  return {
    ...facts,
    permission,
    method,
    path,
    isAction,
    problems: [...new Set([...implied, ...problems])],
    async handle(call) {
      const { request, user, idempotency } = call;
      const parsed = query === undefined ? undefined : readQuery(request, query);
      const read = body === undefined ? { body: undefined, text: '' } : await readBody(request, body);
      const result = await handle({
        ...call,
        query: parsed as z.output<Q>,
        body: read.body as z.output<B>,
        change: (act, answer = (made) => answerOf(200, made)) =>
          idempotency.once(request, user, read.text, async (keep) =>
            answer(act(actionRequest(request, user, read.body, keep && ((made) => keep(answer(made as never)))))),
          ),
      });
      return result instanceof Response ? result : Response.json(result);
    },
  };
}

function actionRequest(
  request: Request,
  user: ConsoleUser,
  body: unknown,
  remember: ActionRequest['remember'],
): ActionRequest {
  const { break_glass: breakGlass } = (body ?? {}) as { break_glass?: boolean };
  return {
    user,
    correlationId: correlationIdOf(request),
    version: request.headers.get('if-match')?.replaceAll('"', ''),
    breakGlass: breakGlass === true,
    ...(remember === undefined ? {} : { remember }),
  };
}

/** JSON with an ETag; 304 if the client has this version. */
export function versioned({ headers }: Request, version: string, body: unknown): Response {
  const etag = `"${version}"`;
  if (headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers: { etag } });
  return Response.json(body, { headers: { etag } });
}

/** The number in a cursor; 0 if it is malformed. */
export function positionOf(cursor: string): number {
  return Number.parseInt(cursor, 10) || 0;
}

/** Finds the route of a request. */
export class Router {
  readonly #routes: readonly { readonly route: Route; readonly parts: readonly string[] }[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((each) => ({ route: each, parts: each.path.split('/') }));
  }

  /** @param path below `/api/v1`, not decoded @returns methods: all that the URL accepts */
  find(method: string, path: string) {
    const given = path.split('/');
    const matches = this.#routes.flatMap(({ route: each, parts }) => {
      const params = match(parts, given);
      return params === undefined ? [] : [{ route: each, params }];
    });
    const found = matches.find(({ route: each }) => each.method === method);
    return { ...found, methods: [...new Set(matches.map(({ route: each }) => each.method))] };
  }
}

function match(parts: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (parts.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const value = given[index] ?? '';
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

/** @returns undefined for a malformed escape */
export function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

import type { Actor } from '../../contract/session.ts';
import type { HttpServer } from '../platform/http/http.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** Text and bytes are sent as CSV, other bodies as JSON. */
export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly remoteAddress?: string;
}

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests compare it with what they expect
  readonly body: any;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Sends a request as a user of `PeopleIdentity`, or as nobody. */
export async function send(
  app: HttpServer,
  actor: Actor | undefined,
  method: Method,
  url: string,
  { body, headers = {}, remoteAddress }: RequestOptions = {},
): Promise<Answer> {
  const isText = typeof body === 'string' || body instanceof Uint8Array;
  const answer = await app.inject({
    method,
    url,
    headers: {
      ...(actor === undefined ? {} : { 'x-test-user': actor.userId }),
      ...(body === undefined ? {} : { 'content-type': isText ? 'text/csv' : 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: isText ? Buffer.from(body) : JSON.stringify(body) }),
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
  });
  const isJson = String(answer.headers['content-type']).includes('json');
  return {
    status: answer.statusCode,
    body: isJson ? answer.json() : undefined,
    text: answer.body,
    headers: answer.headers,
  };
}

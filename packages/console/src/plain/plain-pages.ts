import { createHash, randomUUID } from 'node:crypto';
import type { ControlPlane } from '../control/create-control-plane.ts';
import { readForm } from '../http/body.ts';
import type { ConsoleUser } from '../options.ts';
import { may } from '../permissions.ts';
import { methodNotAllowed, notFound, Problem } from '../problem.ts';
import { roleName } from '../role-names.ts';
import type { Menu } from '../sign-in/menu.ts';
import { isoOf } from '../wall-time.ts';
import { pageResponse } from './document.ts';
import {
  actionPage,
  isolationTimes,
  overviewPage,
  problemPage,
  type PlainAction,
  type PlainFrame,
} from './plain-page.ts';

/** Calls a route of the API for a user. @throws Problem */
type CallApi = (request: Request, path: string, user: ConsoleUser) => Promise<Response>;

const DEFAULT_MINUTES = 30;
/** Forms that are recognized when they are sent again, at most. */
const SENT_MAX = 500;

/** Headers that the API checks, passed on from the form's request. */
const passedOn = ['host', 'origin', 'sec-fetch-site', 'x-correlation-id'];

/** Responds below the plain pages' base. @param below what follows it: empty, `/isolate` or `/release` */
export type PlainPages = (request: Request, below: string, user: ConsoleUser) => Promise<Response>;

/**
 * The console without scripts: the current state, and forms to isolate and release. Each form calls the API, so it has the
 * same checks and audit lines. The idempotency key is made of the form's content.
 *
 * @param base such as `/admin/plain`
 */
export function plainPages(
  plane: ControlPlane,
  base: string,
  callApi: CallApi,
  menuFor: (user: ConsoleUser) => Menu,
): PlainPages {
  /** Request bodies by key: a form sent again asks for the same end time. */
  const sent = new Map<string, string>();

  const form = (
    action: PlainAction['action'],
    fields: URLSearchParams,
    problem: string | undefined,
    frame: PlainFrame,
  ): string => {
    const { breaker: id, reason, minutes } = valuesOf(fields);
    const breaker = plane.breakers.show(id);
    return actionPage({ action, breaker, key: randomUUID(), reason, minutes, problem }, frame);
  };

  const send = async (request: Request, action: PlainAction['action'], user: ConsoleUser, frame: PlainFrame) => {
    const fields = await readForm(request);
    const { breaker, key: formKey, reason, minutes } = valuesOf(fields);
    const { id } = plane.breakers.show(breaker);
    // The same form sent again is the same action; with other values it is a new one.
    const key = createHash('sha256')
      .update(JSON.stringify([action, breaker, formKey, reason, minutes]))
      .digest('hex');
    const expiresAt = isoOf(plane.time.now() + minutes * 60_000);
    const body =
      sent.get(key) ??
      JSON.stringify(action === 'release' ? { reason } : { mode: 'isolated', reason, expires_at: expiresAt });
    sent.set(key, body);
    if (sent.size > SENT_MAX) sent.delete(sent.keys().next().value ?? '');
    const headers = new Headers({ 'content-type': 'application/json', 'idempotency-key': key });
    for (const name of passedOn) {
      const value = request.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    const method = action === 'isolate' ? 'PUT' : 'DELETE';
    try {
      const path = `/breakers/${encodeURIComponent(id)}/override`;
      await callApi(new Request(request.url, { method, headers, body }), path, user);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'invalid-order') throw error;
      return pageResponse(form(action, fields, error.message, frame), error.status);
    }
    return new Response(null, { status: 303, headers: { location: base } });
  };

  return async (request, below, user) => {
    const frame: PlainFrame = {
      base,
      person: { name: user.name, role: roleName(user.role, plane.roleNames) },
      menu: menuFor(user),
      mayControl: may(user, 'breaker:order') && !plane.isReadOnly,
    };
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (below === '' && reads) return pageResponse(overviewPage(plane.overview(), frame));
    if (below !== '/isolate' && below !== '/release') throw notFound('such page');
    const action = below === '/isolate' ? 'isolate' : 'release';
    try {
      if (reads) return pageResponse(form(action, new URL(request.url).searchParams, undefined, frame));
      if (request.method !== 'POST') throw methodNotAllowed('GET', 'POST');
      return await send(request, action, user, frame);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return pageResponse(problemPage(error.title, error.message, frame), error.status);
    }
  };
}

function valuesOf(fields: URLSearchParams) {
  const minutes = Number(fields.get('minutes'));
  return {
    breaker: fields.get('breaker') ?? '',
    key: fields.get('key') ?? '',
    reason: fields.get('reason') ?? '',
    minutes: isolationTimes.some(([known]) => known === minutes) ? minutes : DEFAULT_MINUTES,
  };
}

import { createHash, randomUUID } from 'node:crypto';
import { overrideMode } from '../contract/breakers.ts';
import type { BreakerView } from '../contract.ts';
import type { ControlPlane } from '../control/create-control-plane.ts';
import { Problem, problemOf } from '../http/problem.ts';
import type { ConsoleUser } from '../options.ts';
import { may } from '../permissions.ts';
import { roleName } from '../role-names.ts';
import type { Menu } from '../sign-in/menu.ts';
import { isoOf } from '../wall-time.ts';
import { pageResponse } from './document.ts';
import { readForm } from './form.ts';
import { isolationTimes, orderPage, overviewPage, problemPage, type PlainFrame } from './plain-page.ts';

/** Calls an address of the API as somebody. @throws Problem */
export type CallApi = (request: Request, path: string, user: ConsoleUser) => Promise<Response>;

const USUAL_MINUTES = 30;
/** Forms that are known again when they are sent twice. */
const SENT_KEPT = 500;

/**
 * The console without a script: state to read, and forms to isolate and release. Each form is an order of the API, with
 * the same checks, the same key for the same form, and the same lines in the audit log.
 */
export class PlainPages {
  readonly #plane: ControlPlane;
  readonly #base: string;
  readonly #callApi: CallApi;
  readonly #menuOf: (user: ConsoleUser) => Menu;
  /** By key: an isolation ends so long after the form was sent first. */
  readonly #sent = new Map<string, string>();

  /** @param base such as `/admin/plain` */
  constructor(plane: ControlPlane, base: string, callApi: CallApi, menuFor: (user: ConsoleUser) => Menu) {
    this.#plane = plane;
    this.#base = base;
    this.#callApi = callApi;
    this.#menuOf = menuFor;
  }

  /** @param below what follows the base: empty, `/isolate` or `/release` @throws Problem 404, 405 */
  async answer(request: Request, below: string, user: ConsoleUser): Promise<Response> {
    const frame: PlainFrame = {
      base: this.#base,
      person: { name: user.name, role: roleName(user.role, this.#plane.roleNames) },
      menu: this.#menuOf(user),
      mayOrder: may(user, 'breaker:order') && !this.#plane.isReadOnly,
    };
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (below === '' && reads) return pageResponse(overviewPage(this.#plane.overview.show(), frame));
    if (below !== '/isolate' && below !== '/release')
      throw new Problem('not-found', 'Not found', 'There is no such page.');
    const action = below === '/isolate' ? 'isolate' : 'release';
    try {
      if (reads) {
        const breaker = this.#breaker(new URL(request.url).searchParams.get('breaker') ?? '');
        return pageResponse(this.#form(action, breaker, new FormFields(), undefined, frame));
      }
      if (request.method !== 'POST')
        throw new Problem('method', 'Method not allowed', 'This page accepts GET and POST.');
      return await this.#order(request, action, user, frame);
    } catch (error) {
      const problem = problemOf(error);
      if (problem === undefined) throw error;
      return pageResponse(problemPage(problem.title, problem.message, frame), problem.status);
    }
  }

  async #order(
    request: Request,
    action: 'isolate' | 'release',
    user: ConsoleUser,
    frame: PlainFrame,
  ): Promise<Response> {
    const fields = new FormFields(await readForm(request));
    const breaker = this.#breaker(fields.breaker);
    const address = `/breakers/${encodeURIComponent(breaker.id)}/override`;
    // The same form sent again is the same order; one that was changed before it was sent again is another.
    const key = createHash('sha256')
      .update(JSON.stringify([action, fields.breaker, fields.key, fields.reason, fields.minutes]))
      .digest('hex');
    const body = this.#sent.get(key) ?? JSON.stringify(this.#orderOf(action, fields));
    this.#sent.set(key, body);
    if (this.#sent.size > SENT_KEPT) this.#sent.delete(this.#sent.keys().next().value ?? '');
    const headers = new Headers({ 'content-type': 'application/json', 'idempotency-key': key });
    for (const name of ['host', 'origin', 'sec-fetch-site', 'x-correlation-id']) {
      const value = request.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    const method = action === 'isolate' ? 'PUT' : 'DELETE';
    try {
      await this.#callApi(new Request(request.url, { method, headers, body }), address, user);
    } catch (error) {
      const problem = problemOf(error);
      if (problem?.code !== 'invalid-order') throw error;
      return pageResponse(this.#form(action, breaker, fields, problem.message, frame), problem.status);
    }
    return new Response(null, { status: 303, headers: { location: this.#base } });
  }

  #orderOf(action: 'isolate' | 'release', { reason, minutes }: FormFields): object {
    if (action === 'release') return { reason };
    const endsAt = this.#plane.time.now() + minutes * 60_000;
    return { mode: overrideMode.enum.isolated, reason, expires_at: isoOf(endsAt) };
  }

  #form(
    action: 'isolate' | 'release',
    breaker: BreakerView,
    { reason, minutes }: FormFields,
    problem: string | undefined,
    frame: PlainFrame,
  ): string {
    return orderPage({ action, breaker, key: randomUUID(), reason, minutes, problem }, frame);
  }

  /** @throws ControlError not-found */
  #breaker(id: string): BreakerView {
    return this.#plane.breakers.show(id);
  }
}

/** What a form of this page says. */
class FormFields {
  readonly breaker: string;
  readonly key: string;
  readonly reason: string;
  readonly minutes: number;

  constructor(fields = new URLSearchParams()) {
    const minutes = Number(fields.get('minutes'));
    this.breaker = fields.get('breaker') ?? '';
    this.key = fields.get('key') ?? '';
    this.reason = fields.get('reason') ?? '';
    this.minutes = isolationTimes.some(([known]) => known === minutes) ? minutes : USUAL_MINUTES;
  }
}

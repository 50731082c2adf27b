import type { ConsoleUser } from '@dualbrake/console';
import type { Role } from '../../contract/session.ts';
import type { Identity } from '../platform/http/access.ts';
import { vouchFor } from '../platform/http/connections.ts';
import { ProblemError } from '../platform/http/problems.ts';
import type { FastifyRequest } from 'fastify';
import type { OperatorToken } from './operator-token.ts';

/** What each role of the school is at the console. An instructor has no business there. */
const consoleRoles: Readonly<Record<Role, ConsoleUser['role'] | undefined>> = {
  owner: 'admin',
  operator: 'maintainer',
  office: 'viewer',
  instructor: undefined,
};

/** Says who is at the console: whoever is signed in to the school, or a program with the token of the data folder. */
export class ConsoleUsers {
  readonly #identity: Identity;
  readonly #token: OperatorToken;
  readonly #drills: boolean;
  readonly #known = new WeakMap<FastifyRequest, ConsoleUser>();

  /** @param drills whether operators may start drills, as they may where nothing real is at stake */
  constructor(identity: Identity, token: OperatorToken, drills: boolean) {
    this.#identity = identity;
    this.#token = token;
    this.#drills = drills;
  }

  /**
   * Before the body is read, and before the console is asked, so that a refusal looks like all others of the application.
   *
   * @throws ProblemError 403 for an instructor; 503 when it cannot be found out
   */
  async recognize(request: FastifyRequest): Promise<void> {
    const user = this.#token.opens(request.headers.authorization) ? tokenUser : await this.#signedIn(request);
    if (user === undefined) return;
    this.#known.set(request, user);
    vouchFor(request);
  }

  /** The same for the API, which says nothing to strangers. @throws ProblemError 401, 403 and 503 */
  async require(request: FastifyRequest): Promise<void> {
    await this.recognize(request);
    if (!this.#known.has(request)) throw signInFirst();
  }

  of(request: FastifyRequest): ConsoleUser | undefined {
    return this.#known.get(request);
  }

  async #signedIn(request: FastifyRequest): Promise<ConsoleUser | undefined> {
    const actor = (await this.#identity.identify(request))?.actor;
    if (actor === undefined) return undefined;
    const role = consoleRoles[actor.role];
    if (role === undefined) throw notForYou();
    const extraPermissions = this.#drills && actor.role === 'operator' ? (['fault:start'] as const) : [];
    return { id: actor.userId, name: actor.name, role, extraPermissions };
  }
}

const tokenUser: ConsoleUser = { id: 'token', name: 'command line', role: 'operator', authentication: 'bearer' };

function signInFirst(): ProblemError {
  return new ProblemError({ status: 401, code: 'not_signed_in', title: 'Not signed in', detail: 'Sign in first.' });
}

function notForYou(): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'not_permitted',
    title: 'Not permitted',
    detail: 'The console is for the owner, the operator and the office.',
  });
}

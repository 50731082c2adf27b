import type { ConsoleUser, RoleNames } from '@dualbrake/console';
import type { Role } from '../../contract/session.ts';
import { type Identity, markAuthenticated } from '../platform/http/access.ts';
import { ProblemError } from '../platform/http/problems.ts';
import type { FastifyRequest } from 'fastify';
import type { OperatorToken } from './operator-token.ts';

/** The console's role of each role of the school. Instructors have no access. */
const consoleRoles: Readonly<Record<Role, ConsoleUser['role'] | undefined>> = {
  owner: 'admin',
  operator: 'maintainer',
  office: 'viewer',
  instructor: undefined,
};

/** The school's names of the console's roles. The token's role has none. */
export const consoleRoleNames: RoleNames = { admin: 'Owner', maintainer: 'Operator', viewer: 'Office' };

/** Identifies the console's users: signed-in users of the school, and clients with the operator's token. */
export class ConsoleUsers {
  readonly #identity: Identity;
  readonly #token: OperatorToken;
  readonly #drills: boolean;
  readonly #known = new WeakMap<FastifyRequest, ConsoleUser>();
  #isConsoleSession: (cookies: string | undefined, isHttps: boolean) => boolean = () => false;

  /** @param drills whether operators may start drills, as in the demo */
  constructor(identity: Identity, token: OperatorToken, drills: boolean) {
    this.#identity = identity;
    this.#token = token;
    this.#drills = drills;
  }

  /** @param isConsoleSession whether the cookies have one of the console's own sessions, after a sign-in with the token */
  recognizeConsoleSessions(isConsoleSession: (cookies: string | undefined, isHttps: boolean) => boolean): void {
    this.#isConsoleSession = isConsoleSession;
  }

  /**
   * Identifies the user of a page, before the body is read. Refusals are the application's error pages. A user whose
   * session can't be confirmed counts as anonymous, so the console offers the sign-in with the token.
   *
   * @throws ProblemError 403 for an instructor
   */
  async recognize(request: FastifyRequest): Promise<void> {
    try {
      await this.#find(request);
    } catch (error) {
      if (!(error instanceof ProblemError && error.status === 503)) throw error;
    }
  }

  /** Identifies the user of an API call. @throws ProblemError 401, 403; 503 when the user can't be determined */
  async require(request: FastifyRequest): Promise<void> {
    const isKnown = await this.#find(request);
    if (!isKnown) throw signInFirst();
  }

  /** The user that was identified. */
  of(request: FastifyRequest): ConsoleUser | undefined {
    return this.#known.get(request);
  }

  /**
   * Identifies the user of a request in progress again, such as a stream of events.
   *
   * @returns `undefined` when the user no longer has access
   * @throws ProblemError 503 when the user can't be determined
   */
  async again(request: FastifyRequest): Promise<ConsoleUser | undefined> {
    try {
      this.#known.delete(request);
      await this.#find(request);
    } catch (error) {
      if (!(error instanceof ProblemError && error.status === 403)) throw error;
    }
    return this.#known.get(request);
  }

  /** @returns whether the request comes from a user with access */
  async #find(request: FastifyRequest): Promise<boolean> {
    if (this.#isConsoleSession(request.headers.cookie, request.protocol === 'https')) {
      markAuthenticated(request);
      return true;
    }
    const user = this.#token.opens(request.headers.authorization)
      ? ({ ...tokenUser, authentication: 'bearer' } as const)
      : await this.#signedIn(request);
    if (user === undefined) return false;
    this.#known.set(request, user);
    markAuthenticated(request);
    return true;
  }

  async #signedIn(request: FastifyRequest): Promise<ConsoleUser | undefined> {
    const actor = (await this.#identity.identify(request))?.actor;
    if (actor === undefined) return undefined;
    const role = consoleRoles[actor.role];
    if (role === undefined) throw notPermitted();
    const extraPermissions = this.#drills && actor.role === 'operator' ? (['fault:start'] as const) : [];
    return { id: actor.userId, name: actor.name, role, extraPermissions };
  }
}

/** The user of the operator's token. */
export const tokenUser: ConsoleUser = { id: 'token', name: 'Operator’s token', role: 'operator' };

function signInFirst(): ProblemError {
  return new ProblemError({ status: 401, code: 'not_signed_in', title: 'Not signed in', detail: 'Sign in first.' });
}

function notPermitted(): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'not_permitted',
    title: 'You don’t have access',
    detail: 'Only the owner, the operator and the office can open the system status.',
  });
}

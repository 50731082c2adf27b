import type { ConsoleUser, RoleNames } from '@dualbrake/console';
import type { Role } from '../../contract/session.ts';
import { type Identity, recognize as markRecognized } from '../platform/http/access.ts';
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

/** The console's roles as the school says them. The token's role has no person. */
export const consoleRoleNames: RoleNames = { admin: 'Owner', maintainer: 'Operator', viewer: 'Office' };

/** Says who is at the console: whoever is signed in to the school, or a program with the token of the data folder. */
export class ConsoleUsers {
  readonly #identity: Identity;
  readonly #token: OperatorToken;
  readonly #drills: boolean;
  readonly #known = new WeakMap<FastifyRequest, ConsoleUser>();
  #knownToConsole: (cookies: string | undefined, isHttps: boolean) => boolean = () => false;

  /** @param drills whether operators may start drills, as they may where nothing real is at stake */
  constructor(identity: Identity, token: OperatorToken, drills: boolean) {
    this.#identity = identity;
    this.#token = token;
    this.#drills = drills;
  }

  /** @param knows whether the console itself knows these cookies, as it does after a sign-in with the token */
  leaveTo(knows: (cookies: string | undefined, isHttps: boolean) => boolean): void {
    this.#knownToConsole = knows;
  }

  /**
   * For pages: before the body is read, and before the console is asked, so that a refusal looks like all others of the
   * application. Somebody whose session cannot be confirmed is nobody, and is sent to the page for the token.
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

  /** For the API, which says nothing to strangers. @throws ProblemError 401, 403; 503 when it cannot be found out */
  async require(request: FastifyRequest): Promise<void> {
    const isKnown = await this.#find(request);
    if (!isKnown) throw signInFirst();
  }

  of(request: FastifyRequest): ConsoleUser | undefined {
    return this.#known.get(request);
  }

  /**
   * Who sends a request that is still being answered, asked anew.
   *
   * @returns nothing when nobody who may look at the console does any more
   * @throws ProblemError 503 when it cannot be found out
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

  /** @returns whether it is somebody who may look at the console */
  async #find(request: FastifyRequest): Promise<boolean> {
    if (this.#knownToConsole(request.headers.cookie, request.protocol === 'https')) {
      markRecognized(request);
      return true;
    }
    const user = this.#token.opens(request.headers.authorization)
      ? ({ ...tokenUser, authentication: 'bearer' } as const)
      : await this.#signedIn(request);
    if (user === undefined) return false;
    this.#known.set(request, user);
    markRecognized(request);
    return true;
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

/** Whoever has the operator's token, from a terminal or signed in with it. */
export const tokenUser: ConsoleUser = { id: 'token', name: 'Operator’s token', role: 'operator' };

function signInFirst(): ProblemError {
  return new ProblemError({ status: 401, code: 'not_signed_in', title: 'Not signed in', detail: 'Sign in first.' });
}

function notForYou(): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'not_permitted',
    title: 'You don’t have access',
    detail: 'Only the owner, the operator and the office can open the system status.',
  });
}

import type { Pipeline, Registry } from 'dualbrake';
import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { DatabaseSync } from 'node:sqlite';
import type { Identity } from '../http/access.ts';
import type { HttpServer } from '../http/http.ts';
import type { Log } from '../logs/log.ts';
import { longestIsolationMs } from '../isolation.ts';
import type { Secrets } from '../secrets.ts';
import { systemWallClock, type WallClock } from '../wall-clock.ts';
import { registerAccountRoutes } from './account-routes.ts';
import type { AuthBase, IdentityDatabase } from './auth-base.ts';
import type { AuthParts } from './auth-parts.ts';
import type { IdentityTables } from './identity-tables.ts';
import { SessionActivity } from './session-activity.ts';
import { UserCopies } from './user-copies.ts';
import { LinkLimits } from './link-limits.ts';
import { CredentialChecks } from './credential-checks.ts';
import { firstOwnerLink, type FirstOwner } from './owner-link.ts';
import { recordPersonEvent } from './person-audit.ts';
import { Passwords, type PasswordCost } from './passwords.ts';
import { registerSecondFactorRoutes } from './second-factor-routes.ts';
import { SecondFactors } from './second-factors.ts';
import { sessionRepository } from './session-repository.ts';
import { registerSessionRoutes } from './session-routes.ts';
import { registerSessionStepRoutes } from './session-step-routes.ts';
import { SessionWatch } from './session-watch.ts';
import { Sessions, sessionMs } from './sessions.ts';
import { SignInLimits } from './sign-in-limits.ts';
import { SignInSteps } from './sign-in-steps.ts';
import { TotpCipher } from './totp-cipher.ts';
import { UserDirectory } from './user-directory.ts';
import { userRepository } from './user-repository.ts';
import { registerUserRoutes } from './user-routes.ts';
import { WeakPasswords } from './weak-passwords.ts';
import { registerWelcomeRoutes } from './welcome-routes.ts';

export type { IdentityDatabase } from './auth-base.ts';
export { addPerson, renamePerson } from './people-of-slices.ts';
export { linkFor } from './user-routes.ts';

/** The pipelines that sign-in calls the database through, one for each kind of caller. */
export interface AuthPolicies {
  /** Session checks of signed-in users, one with nearly every request. */
  readonly sessionCheck: Pipeline;
  /** Sign-in from known devices, and what signed-in users change. Nothing is retried: a user presses the button again. */
  readonly accounts: Pipeline;
  /** Calls that anyone can request: sign-in from new devices, one-time links. A few at a time. */
  readonly anonymous: Pipeline;
}

/** Options of `createAuth`. */
export interface AuthOptions {
  readonly database: IdentityDatabase;
  readonly policies: AuthPolicies;
  /** The local store, for copies of users. */
  readonly local: DatabaseSync;
  readonly secrets: Secrets;
  readonly registry: Registry;
  readonly log: Log;
  /** A session ends after this long without activity, in milliseconds. Default: 30 minutes. */
  readonly idleMs?: number;
  /** Default: the system's. */
  readonly wallClock?: WallClock;
  /** The school's clock, if it is set for a demonstration: pages show that it is. */
  readonly demonstrationClock?: WallClock | undefined;
  /** Default: what OWASP recommends. Tests use less. */
  readonly passwordCost?: PasswordCost;
}

/** Sign-in, people and their roles. */
export interface Auth {
  /** Identifies the user of a request. The HTTP server is created with it. */
  readonly identity: Identity;
  /** Ends the session of the request, also while the database is unavailable. */
  signOut(request: FastifyRequest): Promise<void>;
  /**
   * Calls the listener when sessions have ended: a user signed out, was disabled, or got another role or password. Long
   * responses, such as streams of events, must then identify their user again. @returns unsubscribes
   */
  onSessionsEnded(listener: () => void): () => void;
  /** The name of a user from the local copies; `undefined` without a copy. */
  nameOf(userId: string): string | undefined;
  /** Adds `/api/session`, `/api/account`, `/api/welcome` and `/api/users`. */
  registerRoutes(app: HttpServer): void;
  /** How the school's first owner can sign up. Creates a link when there is no valid one. */
  firstOwnerLink(): Promise<FirstOwner>;
}

/** The requirement of OWASP ASVS 3.3.2 at level 2. */
const defaultIdleMs = 30 * 60_000;

/** Creates sign-in. Reads nothing and needs no database yet. */
export function createAuth(options: AuthOptions): Auth {
  const { database, local, secrets, registry, log, idleMs = defaultIdleMs, wallClock = systemWallClock } = options;
  const { clock } = registry;
  const { sessionCheck, accounts: pipeline, anonymous } = options.policies;

  const users: Kysely<IdentityTables> = database.kysely.withTables<IdentityTables>();
  const copies = new UserCopies(local, { sessionMs });
  const listeners = new Set<() => void>();
  const onEnded = (): void => {
    for (const listener of listeners) listener();
  };
  const directory = new UserDirectory({
    read: (userId) => userRepository.find(users, userId),
    pipeline: sessionCheck,
    copies,
    clock,
    wallClock,
    log,
    onEnded,
  });
  const watch = new SessionWatch({
    table: {
      lastSeen: (id) => sessionRepository.lastSeen(users, id),
      touch: (id, now) => sessionRepository.touch(users, id, now),
    },
    pipeline: sessionCheck,
    known: new SessionActivity(local, { sessionMs }),
    copies,
    idleMs,
    clock,
    wallClock,
    log,
    onEnded,
  });
  const sessions = new Sessions({
    directory,
    watch,
    key: secrets.derive('session-cookie'),
    deviceKey: secrets.derive('device-cookie'),
    wallClock,
    open: async (request, session, user) =>
      pipeline.execute(
        () =>
          users.transaction().execute(async (transaction) => {
            const oldestStart = new Date(session.createdAt.getTime() - sessionMs);
            await sessionRepository.insert(transaction, session, oldestStart);
            await recordPersonEvent(transaction, {
              actorId: user.id,
              action: 'person.signed_in',
              person: user,
              detail: { role: user.role, device: session.device },
            });
          }),
        { ...request.recovery, key: 'session.open' },
      ),
    close: async (request, { id, userId }) => {
      try {
        await sessionCheck.execute(
          () => sessionRepository.end(users, userId, { only: id }, new Date(wallClock.now().epochMilliseconds)),
          { ...request.recovery, key: 'session.close' },
        );
      } catch (error) {
        // It has ended on this server in any case.
        log.warn(
          { event: 'session.close_not_written', err: error },
          'The end of a session could not be written to the database',
        );
      }
    },
  });
  const base: AuthBase = {
    database,
    users,
    directory,
    sessions,
    watch,
    factors: new SecondFactors(new TotpCipher(secrets)),
    passwords: new Passwords(options.passwordCost),
    weakPasswords: new WeakPasswords(),
    limits: new SignInLimits(),
    linkLimits: new LinkLimits(),
    pipeline,
    anonymous,
    clock,
    wallClock,
    demonstrationClock: options.demonstrationClock,
    isolatedForMs: () => longestIsolationMs(registry),
    idleMs,
    log,
  };
  const parts: AuthParts = { ...base, steps: new SignInSteps(base), credentials: new CredentialChecks(base) };
  return {
    identity: sessions,
    signOut: (request) => sessions.leave(request),
    onSessionsEnded(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    nameOf: (userId) => copies.find(userId)?.name,
    registerRoutes(app) {
      registerSessionRoutes(app, parts);
      registerSessionStepRoutes(app, parts);
      registerAccountRoutes(app, parts);
      registerSecondFactorRoutes(app, parts);
      registerWelcomeRoutes(app, parts);
      registerUserRoutes(app, parts);
    },
    firstOwnerLink: () => firstOwnerLink(users),
  };
}

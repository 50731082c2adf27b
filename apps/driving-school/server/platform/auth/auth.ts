import {
  CircuitBreaker,
  classify,
  timeout,
  type Classifier,
  type Clock,
  type Pipeline,
  type Registry,
} from 'dualbrake';
import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { DatabaseSync } from 'node:sqlite';
import type { Identity } from '../http/access.ts';
import type { HttpServer } from '../http/http.ts';
import type { ApplicationDatabase } from '../database/database.ts';
import type { Log } from '../logs/log.ts';
import { longestIsolationMs } from '../isolation.ts';
import type { Secrets } from '../secrets.ts';
import { systemWallClock, type WallClock } from '../wall-clock.ts';
import type { IdentityTables } from './identity-tables.ts';
import { KnownUsers } from './known-users.ts';
import { oneTimeLinks, type OneTimeLink } from './one-time-links.ts';
import { Passwords } from './passwords.ts';
import { registerSessionRoutes } from './session-routes.ts';
import { Sessions, sessionMs } from './sessions.ts';
import { SignInLimits } from './sign-in-limits.ts';
import { UserDirectory } from './user-directory.ts';
import { userRepository } from './user-repository.ts';
import { registerUserRoutes } from './user-routes.ts';
import { registerWelcomeRoutes } from './welcome-routes.ts';

/** What sign-in needs of the database. */
export interface IdentityDatabase {
  readonly kysely: ApplicationDatabase['kysely'];
  ready(): boolean;
}

export interface AuthOptions {
  readonly database: IdentityDatabase;
  /** The local store, for what is known of people while the database is down. */
  readonly local: DatabaseSync;
  readonly secrets: Secrets;
  readonly registry: Registry;
  readonly log: Log;
  /** Default: the machine's own. */
  readonly wallClock?: WallClock;
}

/** Sign-in, people and their roles. */
export interface Auth {
  /** Says who is asking; the HTTP server is made with it. */
  readonly identity: Identity;
  /** Signs out whoever asks, whether or not the database answers. */
  signOut(request: FastifyRequest): Promise<void>;
  /** Name of a person from the local copies; nothing when there is no copy. */
  nameOf(userId: string): string | undefined;
  /** Guards the database as sign-in sees it, for whoever watches over recovery. */
  readonly breaker: CircuitBreaker;
  /** Adds `/api/session`, `/api/welcome` and `/api/users`. */
  registerRoutes(app: HttpServer): void;
  /**
   * A fresh link with which the owner chooses a password, or nothing when an owner has one.
   * Links made before end.
   */
  ownerLink(): Promise<OneTimeLink | undefined>;
}

/** What the routes of sign-in share. */
export interface AuthParts {
  readonly database: IdentityDatabase;
  readonly users: Kysely<IdentityTables>;
  readonly directory: UserDirectory;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly limits: SignInLimits;
  /** Guards reading and writing of people. Nothing is repeated: a person presses the button again. */
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  /** For how many more milliseconds an operator blocks the database; nothing while nobody does. */
  readonly isolatedForMs: () => number | undefined;
  readonly log: Log;
}

/** A lost connection is the database's trouble, not the caller's. */
const databaseErrors: Classifier = (error, context) => classify(error, { ...context, dependency: 'database' });

/** A session check is part of each request, so it must not take long; an outage is found after the third. */
const checkLimitMs = 500;
const identityLimitMs = 3_000;
const failureThreshold = 3;
const resetTimeoutMs = 2_000;

/** Builds sign-in. Reads nothing and needs no database yet. */
export function createAuth(options: AuthOptions): Auth {
  const { database, local, secrets, registry, log, wallClock = systemWallClock } = options;
  const { clock } = registry;
  const breaker = new CircuitBreaker({
    name: 'identity-database',
    failureThreshold,
    resetTimeoutMs,
    clock,
    classify: databaseErrors,
  });
  // Pipelines of their own: what students need from the database must not decide who is signed in, nor the reverse.
  const checking = registry.pipeline('session-check', [breaker, timeout({ limitMs: checkLimitMs })]);
  const pipeline = registry.pipeline('identity', [breaker, timeout({ limitMs: identityLimitMs })]);

  const users = database.kysely.withTables<IdentityTables>();
  const copies = new KnownUsers(local, { sessionMs });
  const directory = new UserDirectory({
    ask: (userId) => userRepository.find(users, userId),
    pipeline: checking,
    copies,
    clock,
    wallClock,
    log,
  });
  const sessions = new Sessions({ directory, copies, key: secrets.derive('session-cookie'), wallClock });
  const parts: AuthParts = {
    database,
    users,
    directory,
    sessions,
    passwords: new Passwords(),
    limits: new SignInLimits(),
    pipeline,
    clock,
    wallClock,
    isolatedForMs: () => longestIsolationMs(registry),
    log,
  };
  return {
    identity: sessions,
    signOut: (request) => sessions.signOut(request),
    nameOf: (userId) => copies.find(userId)?.name,
    breaker,
    registerRoutes(app) {
      registerSessionRoutes(app, parts);
      registerWelcomeRoutes(app, parts);
      registerUserRoutes(app, parts);
    },
    ownerLink: () => issueOwnerLink(users),
  };
}

async function issueOwnerLink(users: Kysely<IdentityTables>): Promise<OneTimeLink | undefined> {
  return users.transaction().execute(async (transaction) => {
    const owner = await userRepository.ownerWithoutPassword(transaction);
    return owner === undefined ? undefined : oneTimeLinks.issue(transaction, owner.id, 'owner');
  });
}

import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { type CircuitBreaker, Registry, type Clock } from 'dualbrake';
import { pino } from 'pino';
import type { Role } from '../../../../contract/session.ts';
import { createDatabaseBreaker, createPolicies } from '../../../policies.ts';
import { sharedDatabase, type TestDatabase } from '../../database/testing/test-database.ts';
import type { HttpServer } from '../../http/http.ts';
import { testHttp } from '../../http/testing/test-http.ts';
import type { Log } from '../../logs/log.ts';
import { SettableWallClock } from '../../wall-clock.ts';
import { createAuth, type Auth, type IdentityDatabase } from '../auth.ts';
import type { IdentityTables } from '../identity-tables.ts';
import type { OneTimeLink } from '../one-time-links.ts';
import { newOwnerLink } from '../owner-link.ts';
import { cheapPasswords } from './cheap-passwords.ts';

/** A client that keeps its cookies. */
export interface Browser {
  send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    payload?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** The cookie of the session, as `name=value`. */
  cookie: string;
  /** The cookie of the known device, as `name=value`. */
  device: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // Tests assert the members that they expect.
  readonly body: Record<string, never> & { readonly [member: string]: unknown };
}

export const ownerPassword = 'correct horse battery staple';

export interface TestSchoolOptions {
  readonly database?: TestDatabase;
  readonly clock?: Clock;
  /** Default: as in the application. */
  readonly idleMs?: number;
  readonly log?: Log;
  /** Default: none. */
  readonly trustedProxies?: readonly string[];
}

/** Sign-in with a real database and the real HTTP server. */
export class TestSchool implements AsyncDisposable {
  readonly database: TestDatabase;
  readonly app: HttpServer;
  readonly auth: Auth;
  /** The breaker of the database. */
  readonly breaker: CircuitBreaker;
  readonly local: DatabaseSync;
  readonly wallClock: SettableWallClock;
  /** While true, sign-in's database connections are refused. */
  databaseIsDown = false;
  /** The number of sign-in's queries. */
  queries = 0;
  /** The number of queries that are running, and its maximum. */
  runningQueries = 0;
  runningQueriesMax = 0;
  readonly #key: Buffer;

  static async open(options: TestSchoolOptions = {}): Promise<TestSchool> {
    return new TestSchool(options.database ?? (await sharedDatabase()), options);
  }

  /** A school with one owner without a password, on a database that other tests have used. */
  static async empty(database: TestDatabase, options: TestSchoolOptions = {}): Promise<TestSchool> {
    const tables = database.kysely.withTables<IdentityTables>();
    await tables.deleteFrom('one_time_links').execute();
    await tables.deleteFrom('users').execute();
    await tables.updateTable('schools').set({ second_factor_required: false }).execute();
    const { id } = await tables.selectFrom('schools').select('id').executeTakeFirstOrThrow();
    await tables.insertInto('users').values({ school_id: id, role: 'owner', name: 'Owner', email: null }).execute();
    return TestSchool.open({ ...options, database });
  }

  constructor(database: TestDatabase, options: TestSchoolOptions, previous?: TestSchool) {
    this.database = database;
    this.local = previous?.local ?? new DatabaseSync(':memory:');
    this.wallClock = previous?.wallClock ?? new SettableWallClock('2026-06-01T12:00:00Z');
    this.#key = previous === undefined ? randomBytes(32) : previous.#key;
    const log = options.log ?? pino({ level: 'silent' });
    const registry = new Registry(options.clock === undefined ? {} : { clock: options.clock });
    this.breaker = createDatabaseBreaker();
    this.auth = createAuth({
      policies: createPolicies(registry, { breaker: this.breaker }),
      database: this.#faulty(database),
      local: this.local,
      secrets: { derive: () => this.#key },
      registry,
      log,
      wallClock: this.wallClock,
      passwordCost: cheapPasswords,
      ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
    });
    this.app = testHttp({
      identity: this.auth.identity,
      clock: registry.clock,
      log,
      ...(options.trustedProxies === undefined ? {} : { trustedProxies: options.trustedProxies }),
    });
    this.auth.registerRoutes(this.app);
  }

  /** The same school after a restart: the same data folder and database, and empty memory. */
  restarted(options: TestSchoolOptions = {}): TestSchool {
    return new TestSchool(this.database, options, this);
  }

  browser(address = '10.0.0.1'): Browser {
    const browser: Browser = {
      cookie: '',
      device: '',
      send: async (method, url, payload, headers = {}) => {
        const cookie = [browser.cookie, browser.device].filter((one) => one !== '').join('; ');
        const answer = await this.app.inject({
          method,
          url,
          remoteAddress: address,
          headers: { ...(cookie === '' ? {} : { cookie }), ...headers },
          ...(payload === undefined ? {} : { payload: payload as object }),
        });
        for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
          const [pair = ''] = line.split(';');
          if (pair.includes('school_device=')) browser.device = pair;
          else if (pair !== '') browser.cookie = pair;
        }
        return { status: answer.statusCode, headers: answer.headers, body: answer.body === '' ? {} : answer.json() };
      },
    };
    return browser;
  }

  /** A new link for the only owner, as the command creates it. */
  async ownerLink(): Promise<OneTimeLink> {
    return (await newOwnerLink(this.database.kysely.withTables<IdentityTables>())).link;
  }

  /** A browser in which the owner has just chosen a password. */
  async owner(): Promise<Browser> {
    const link = await this.ownerLink();
    const browser = this.browser();
    const answer = await browser.send('POST', '/api/welcome', {
      token: link.token,
      name: 'Dana Roy',
      email: 'dana@school.example',
      password: ownerPassword,
    });
    if (answer.status !== 200)
      throw new Error(`Welcome was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
    return browser;
  }

  /** Invites a user, who then chooses a password. */
  async invited(
    owner: Browser,
    role: Role,
    email = `${role}@school.example`,
  ): Promise<{ browser: Browser; id: string }> {
    const invited = await owner.send('POST', '/api/users', { name: `Some ${role}`, email, role });
    if (invited.status !== 201) throw new Error(`Not invited: ${JSON.stringify(invited.body)}`);
    const { url } = invited.body['link'] as unknown as { url: string };
    const browser = this.browser();
    await browser.send('POST', '/api/welcome', {
      token: url.split('#')[1],
      name: `Some ${role}`,
      email,
      password: `a password for the ${role}`,
    });
    return { browser, id: (invited.body['data'] as unknown as { id: string }).id };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
    await this.database[Symbol.asyncDispose]();
  }

  #faulty(database: TestDatabase): IdentityDatabase {
    // Fails at the connection, as an unavailable database does; everything else is real.
    const kysely = database.kysely.withPlugin({
      transformQuery: ({ node }) => {
        this.queries += 1;
        if (this.databaseIsDown)
          throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
        this.runningQueries += 1;
        this.runningQueriesMax = Math.max(this.runningQueriesMax, this.runningQueries);
        return node;
      },
      transformResult: async ({ result }) => {
        this.runningQueries -= 1;
        return result;
      },
    });
    return { kysely, ready: () => !this.databaseIsDown && database.ready() };
  }
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'dualbrake';
import { installAmbientContext } from 'dualbrake/node';
import { pino } from 'pino';
import { Backups } from '../backup/backup.ts';
import { createSchoolConsole, type SchoolConsole } from '../console/school-console.ts';
import { createAuth, type Auth } from '../platform/auth/auth.ts';
import type { PasswordCost } from '../platform/auth/passwords.ts';
import { cheapPasswords } from '../platform/auth/testing/cheap-passwords.ts';
import { openDataFolder, type DataFolder } from '../platform/data-folder.ts';
import { openDatabase, type ApplicationDatabase } from '../platform/database/database.ts';
import type { Access, Identity } from '../platform/http/access.ts';
import { Drain } from '../platform/http/drain.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { identityByHeader, testHttp } from '../platform/http/testing/test-http.ts';
import { loadSecrets, type Secrets } from '../platform/secrets.ts';
import { systemWallClock, type WallClock } from '../platform/wall-clock.ts';
import { createDatabaseBreaker, createPolicies } from '../policies.ts';
import { registerRoutes } from '../routes.ts';
import { Idempotency } from '../platform/idempotency.ts';
import { createSchool, type School } from '../school.ts';

/** The application with all routes and the console, which trusts the header `x-test-role`. */
export interface TestApplication {
  readonly directory: string;
  readonly dataFolder: DataFolder;
  readonly secrets: Secrets;
  readonly registry: Registry;
  readonly app: HttpServer;
  readonly auth: Auth;
  readonly school: School;
  readonly console: SchoolConsole;
  /** The access of each route, such as `GET /healthz`. */
  readonly routes: ReadonlyMap<string, Access | undefined>;
  /** The number of sign-in's queries. */
  queries(): number;
  close(): Promise<void>;
}

export interface TestApplicationOptions {
  /** Default: one that is never started. */
  readonly database?: ApplicationDatabase;
  /** Default: the user of the header. `by-session`: the user of the session. */
  readonly identify?: Identity['identify'] | 'by-session';
  /** The wall clock of sign-in. Default: the system's. */
  readonly wallClock?: WallClock;
  /** Default: the cheapest. */
  readonly passwordCost?: PasswordCost;
  /** While true, sign-in cannot reach the database. */
  readonly isDown?: () => boolean;
  /** Called with the data folder before routes are registered. */
  readonly prepare?: (dataFolder: DataFolder) => void;
}

/** Creates the application with an empty page, in a folder of its own. */
export async function openTestApplication(options: TestApplicationOptions = {}): Promise<TestApplication> {
  const { prepare, isDown = () => false } = options;
  const directory = mkdtempSync(join(tmpdir(), 'application-'));
  const dataFolder = openDataFolder(join(directory, 'data'));
  prepare?.(dataFolder);
  installAmbientContext();
  const registry = new Registry();
  const log = pino({ level: 'silent' });
  const database = options.database ?? openDatabase({ dataFolder, migrationsDirectory: directory, log });
  registry.add('services', [database.service]);
  const secrets = loadSecrets(dataFolder.directory);
  const { local } = dataFolder;
  const policies = createPolicies(registry, { breaker: createDatabaseBreaker() });
  let queries = 0;
  const counted: typeof database.kysely = database.kysely.withPlugin({
    transformQuery: ({ node }) => {
      queries += 1;
      if (isDown()) throw connectionRefused();
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const watched = { kysely: counted, ready: () => !isDown() && database.ready() };
  const auth = createAuth({
    database: watched,
    policies,
    local,
    secrets,
    registry,
    log,
    passwordCost: options.passwordCost ?? cheapPasswords,
    ...(options.wallClock === undefined ? {} : { wallClock: options.wallClock }),
  });
  const identity: Identity = {
    // The real cookie is registered too, because signing out ends its session.
    register: (inner) => auth.identity.register(inner),
    identify:
      options.identify === 'by-session'
        ? (request) => auth.identity.identify(request)
        : (options.identify ?? ((request) => identityByHeader.identify(request))),
  };
  const school = createSchool({
    database,
    local,
    secrets,
    idempotency: new Idempotency(secrets),
    policies,
    log,
    wallClock: options.wallClock ?? systemWallClock,
  });
  const console = createSchoolConsole({
    registry,
    database,
    drain: new Drain(() => registry.clock.now()),
    dataFolder,
    secrets,
    identity,
    endSession: (request) => auth.signOut(request),
    personName: () => undefined,
    log,
    environment: '',
    version: '0.0.0',
  });
  auth.onSessionsEnded(() => void console.console.recheck());
  const app = testHttp({ identity });
  const routes = new Map<string, Access | undefined>();
  app.addHook('onRoute', ({ method, url, config }) => {
    for (const each of [method].flat()) {
      if (each !== 'HEAD' && !url.startsWith('/api/docs')) routes.set(`${each} ${url}`, config?.access);
    }
  });
  registerRoutes(app, {
    database,
    auth,
    school,
    policies,
    console,
    backups: new Backups({ database, dataFolder, secrets, log }),
    pagesDirectory: writePages(directory),
  });
  await app.ready();
  return {
    directory,
    dataFolder,
    secrets,
    registry,
    app,
    auth,
    school,
    console,
    routes,
    queries: () => queries,
    async close() {
      await app.close();
      console.console.close();
      dataFolder.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function connectionRefused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
}

function writePages(directory: string): string {
  const pages = join(directory, 'web');
  mkdirSync(join(pages, 'assets'), { recursive: true });
  writeFileSync(join(pages, 'index.html'), '<!doctype html><title>School</title>');
  writeFileSync(join(pages, 'assets', 'app-1234.js'), 'export {};');
  writeFileSync(join(directory, 'secret.txt'), 'secret');
  return pages;
}

import { AutoRecovery, breakerService, CircuitBreaker, defaultRegistry, type Registry } from 'dualbrake';
import { installAmbientContext } from 'dualbrake/node';
import { setTimeout as sleep } from 'node:timers/promises';
import { seedDemo } from '../seed/seed-demo.ts';
import type { Console } from '@dualbrake/console';
import { Backups, restoredGuard } from './backup/backup.ts';
import { applicationName, consolePath, createSchoolConsole } from './console/school-console.ts';
import type { DemoSize } from '../seed/demo-sizes.ts';
import type { Config } from './config.ts';
import { publishAddress } from './platform/address-file.ts';
import { createAuth, type Auth } from './platform/auth/auth.ts';
import type { FirstOwner } from './platform/auth/owner-link.ts';
import { type ApplicationDatabase, openDatabase } from './platform/database/database.ts';
import { openDataFolder } from './platform/data-folder.ts';
import { fsyncPath } from './platform/fsync.ts';
import { Idempotency } from './platform/idempotency.ts';
import { createHttp, type HttpServer } from './platform/http/http.ts';
import { Drain } from './platform/http/drain.ts';
import type { Readiness } from './platform/http/health.ts';
import { createLog, type Log } from './platform/logs/log.ts';
import { LineListeners } from './platform/logs/line-listeners.ts';
import { logRecovery } from './platform/logs/recovery-log.ts';
import { installationGuard } from './platform/keys/installation.ts';
import { settleRotation } from './platform/keys/rotation.ts';
import { packageFile } from './platform/package-folder.ts';
import { systemWallClock, type WallClock, wallClockFrom } from './platform/wall-clock.ts';
import { loadSecrets } from './platform/secrets.ts';
import { createPolicies } from './policies.ts';
import { registerRoutes } from './routes.ts';
import { folderKeys, sealedData } from './sealed-data.ts';
import { collectScheduleMetrics, type Standby } from './schedule/schedule.ts';
import { createSchool, type School } from './school.ts';
import { startDatabase } from './start-database.ts';
import { readVersion } from './version.ts';

/** The running application. */
export interface RunningApplication {
  /** Its address, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly log: Log;
  /**
   * Finishes requests, stops everything, and releases the data folder. A second call waits for the first.
   *
   * @param gently first goes on serving for `drainSeconds`, not ready. Default false
   */
  stop(options?: { readonly gently?: boolean }): Promise<void>;
}

interface StartOptions {
  /** Called with sentences about the progress of the start. */
  readonly announce: (text: string) => void;
  /** Aborts the start and stops what has been started by then. */
  readonly signal?: AbortSignal;
  /** Default: the one that decorators use. */
  readonly registry?: Registry;
  /** Default: one with the level and format of the configuration. */
  readonly log?: Log;
}

/** The start failed for a reason that the person who starts the program can fix. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code = 'START_FAILED';
}

/** Time for pending requests to finish when the application stops, in milliseconds. */
const drainLimitMs = 5_000;
const forgetEveryMs = 60 * 60 * 1_000;
/** Interval between checks of an unhealthy database, in milliseconds. A healthy one is not checked. */
const recoveryCheckMs = 1_000;

/**
 * Creates all parts, in the order of their dependencies, and starts them. Requests are answered from copies until the
 * database is ready.
 *
 * @throws StartError, DataFolderInUseError, DataFolderUnusableError, SecretError, DatabaseStartError, MigrationError: all
 *   with a sentence for the person who starts the program. Everything started by then is stopped
 */
export async function startApplication(config: Config, options: StartOptions): Promise<RunningApplication> {
  // Stops what has been started, in reverse order.
  await using started = new AsyncDisposableStack();
  const { announce, signal, registry = defaultRegistry } = options;
  const lines = new LineListeners();
  const log =
    options.log ?? createLog({ level: config.logLevel, format: config.logFormat, also: (line) => lines.publish(line) });
  const version = readVersion();

  announce(`Ontario Driving School Manager ${version}`);
  const dataFolder = openDataFolder(config.dataDirectory);
  started.defer(() => dataFolder.close());
  announce(`Data folder: ${dataFolder.directory}`);
  for (const warning of dataFolder.warnings) log.warn({ event: 'data_folder' }, warning);

  const toDatabase = {
    dataFolder,
    migrationsDirectory: packageFile('migrations'),
    log,
    onProgress: (text: string) => announce(`  ${text}`),
    connections: config.databaseConnections,
    ...(config.databaseUrl === undefined ? {} : { url: config.databaseUrl }),
  };
  const settled = await settleRotation(
    {
      directory: dataFolder.directory,
      openDatabase: (guard) => openDatabase({ ...toDatabase, guard }),
      sealedData,
      folderKeys,
    },
    config.appSecret,
  );
  if (settled !== undefined) announce(settled);
  const secrets = loadSecrets(dataFolder.directory, config.appSecret);
  // The name of the secret's file must survive a power cut before anything is sealed with the secret.
  fsyncPath(dataFolder.directory);
  installAmbientContext();
  started.defer(logRecovery(registry, log));

  const database = openDatabase({
    ...toDatabase,
    guard: restoredGuard(installationGuard({ secrets, directory: dataFolder.directory, sealedData }), {
      directory: dataFolder.directory,
      announce,
    }),
  });
  started.defer(() => database.stop());
  registry.add('services', [database.service]);

  const isDemo = config.demoData !== undefined;
  const policies = createPolicies(registry, { drills: isDemo, connections: config.databaseConnections });
  const wallClock = config.schoolNow === undefined ? systemWallClock : wallClockFrom(config.schoolNow);
  if (config.schoolNow !== undefined) {
    announce(`The school’s clock starts at ${config.schoolNow.toString()} (SCHOOL_NOW).`);
  }
  const auth = createAuth({
    database,
    policies,
    local: dataFolder.local,
    secrets,
    registry,
    log,
    idleMs: config.sessionIdleMinutes * 60_000,
    demonstrationClock: config.schoolNow === undefined ? undefined : wallClock,
  });
  const idempotency = new Idempotency(secrets);
  const school = createSchool({ database, local: dataFolder.local, secrets, idempotency, policies, log, wallClock });

  if (config.demoData !== undefined) {
    fillWithDemoData(database, school, { size: config.demoData, wallClock, announce });
  }
  started.defer(keepStandby(database, school.schedule.standby, registry));
  started.defer(forgetOldAnswers(database, idempotency, registry, log));
  const signIn = invitation(database, auth, announce);
  announce(config.databaseUrl === undefined ? 'Starting the database…' : 'Connecting to the database…');
  const { clock } = registry;
  // The database starts in its own process while this one creates routes and begins to listen.
  const starting = startDatabase({ database, directory: dataFolder.directory, clock, announce });
  // Awaited below; until then, a failure must not end the process as an unhandled rejection.
  starting.catch(() => undefined);
  // Not awaited: it ends when the database is stopped, which is next.
  started.defer(
    () =>
      void starting.then(
        ({ stop }) => stop(),
        () => undefined,
      ),
  );

  const drain = new Drain(() => registry.clock.now());
  const environment = isDemo ? 'demo' : '';
  const schoolConsole = createSchoolConsole({
    registry,
    database,
    drain,
    dataFolder,
    secrets,
    identity: auth.identity,
    endSession: (request) => auth.signOut(request),
    personName: (userId) => auth.nameOf(userId),
    collectMetrics: (register) => collectScheduleMetrics(register, school.schedule),
    log,
    environment,
    version,
  });
  started.defer(() => schoolConsole.console.close());
  started.defer(lines.listen(schoolConsole.console));
  started.defer(auth.onSessionsEnded(() => void schoolConsole.console.recheck()));

  const backups = new Backups({ database, dataFolder, secrets, log });
  await backups.removeAbandoned();

  const app = createHttp({
    log,
    clock: registry.clock,
    identity: auth.identity,
    readiness: () => readinessOf(database, drain, registry),
    version,
    host: config.host,
    allowedHosts: config.allowedHosts,
    trustedProxies: config.trustedProxies,
    links: {
      application: applicationName,
      homePath: '/',
      signInPath: '/sign-in',
      signOutPath: `${consolePath}/sign-out`,
    },
  });
  drain.watch(app);
  // Streams of the console end before the server waits for its requests.
  app.addHook('preClose', async () => schoolConsole.console.close());
  registerRoutes(app, {
    database,
    auth,
    school,
    policies,
    console: schoolConsole,
    backups,
    pagesDirectory: packageFile('dist/web'),
  });

  const recovery = watchOver(database, schoolConsole.console, registry, log);
  started.defer(() => recovery.stop());
  recovery.start();

  started.defer(() => close(app));
  const url = await unlessAborted(signal, listen(app, config));
  started.defer(publishAddress(dataFolder.directory, url, log));
  const { isDiskFull } = await unlessAborted(signal, starting);
  if (!database.ready() && !isDiskFull) {
    announce('The database cannot be reached yet. Records that were read before are shown from copies. Retrying.');
  }
  announce(`Ready: ${url}`);
  signIn.show(url);
  const everything = started.move();
  const stop = async (drainSeconds: number): Promise<void> => {
    await drained(drain, drainSeconds, announce);
    await everything.disposeAsync();
  };
  let stopped: Promise<void> | undefined;
  return { url, log, stop: ({ gently = false } = {}) => (stopped ??= stop(gently ? config.drainSeconds : 0)) };
}

/** Goes on serving until proxies have noticed that this instance is leaving. */
async function drained(drain: Drain, seconds: number, announce: (text: string) => void): Promise<void> {
  drain.leave();
  if (seconds === 0) return;
  announce(`Out of service. Requests are still answered for ${seconds} s (DRAIN_SECONDS).`);
  await sleep(seconds * 1_000);
}

/** Adds demo data to an empty school, the first time the database is ready. */
function fillWithDemoData(
  database: ApplicationDatabase,
  { students }: School,
  { size, wallClock, announce }: { size: DemoSize; wallClock: WallClock; announce: (text: string) => void },
): void {
  let done = false;
  database.onReady(async () => {
    if (done) return;
    const added = await seedDemo({
      ...students,
      now: wallClock.now(),
      size,
      announce: (text) => announce(`  ${text}`),
    });
    done = true;
    if (added === undefined) return;
    announce(
      `  A fictional school was added: ${added.students.toLocaleString('en-CA')} students and ${added.lessons.toLocaleString('en-CA')} lessons ` +
        '(DEMO_DATA=no leaves a school empty).',
    );
  });
}

/** Copies the coming days to this machine when the database becomes ready, and regularly. @returns a function that stops it */
function keepStandby(database: ApplicationDatabase, standby: Standby, registry: Registry): () => Promise<void> {
  registry.add('services', [standby.service]);
  standby.start();
  // Not awaited: the program need not wait for copies that it does not need yet.
  database.onReady(() => standby.databaseReady());
  return () => standby.stop();
}

/** Deletes expired answers when the database becomes ready, and every hour. @returns a function that stops it */
function forgetOldAnswers(
  database: ApplicationDatabase,
  idempotency: Idempotency,
  { clock }: Registry,
  log: Log,
): () => void {
  const forget = async (): Promise<void> => {
    const count = await idempotency.forgetOld(database.kysely);
    if (count > 0) log.info({ event: 'idempotency.forgotten', count }, `${count} old answers were deleted`);
  };
  let cancel: (() => void) | undefined;
  const hourly = (): void => {
    arm();
    forget().catch((error: unknown) => log.warn({ err: error }, 'Old answers were not deleted. Retrying in an hour'));
  };
  const arm = (): void => {
    cancel = clock.after(forgetEveryMs, hourly, { background: true });
  };
  database.onReady(forget);
  arm();
  return () => cancel?.();
}

/** Prints how to sign in, once the start has finished and the database has become ready. */
function invitation(database: ApplicationDatabase, auth: Auth, announce: (text: string) => void) {
  let owner: FirstOwner | undefined;
  let url: string | undefined;
  const announceOnce = (): void => {
    if (owner !== undefined && url !== undefined) announce(invitationText(owner, url));
  };
  database.onReady(async () => {
    if (owner !== undefined) return;
    owner = await auth.firstOwnerLink();
    announceOnce();
  });
  return {
    /** Call it at the end of the start. */
    show(address: string): void {
      url = address;
      announceOnce();
    },
  };
}

function invitationText(first: FirstOwner, url: string): string {
  switch (first.state) {
    case 'signed-up':
      return `Sign in at ${url}/sign-in`;
    case 'invited':
      return (
        `The link for the first sign-in was printed by an earlier start. It works until ${first.until.toLocaleString('en-CA')}.\n` +
        'Lost it? npm run owner-link creates a new one.'
      );
    case 'new-link':
    default:
      return `To sign in for the first time, open this link and choose a password. It works once, for 24 hours:\n\n  ${url}/welcome#${first.link.token}\n`;
  }
}

/** Closes the breakers, all of which guard the database, when it is healthy again. */
function watchOver(database: ApplicationDatabase, console: Console, registry: Registry, log: Log): AutoRecovery {
  const breakers = (): CircuitBreaker[] => registry.members().filter((member) => member instanceof CircuitBreaker);
  const service = breakerService({ name: 'database', breakers, isHealthy: (signal) => database.isHealthy(signal) });
  return new AutoRecovery({
    // Uses the lock of operators' actions: recovery must not interfere while an operator restarts the database.
    service: console.guard('database', service),
    checkIntervalMs: recoveryCheckMs,
    timeoutMs: 2 * recoveryCheckMs,
    clock: registry.clock,
    onEvent: ({ healthy, error }) => {
      if (healthy) log.info({ event: 'recovery.check' }, 'The database is healthy again: its breakers are closed');
      else
        log.debug(
          { event: 'recovery.check', ...(error === undefined ? {} : { err: error }) },
          'The database is not healthy yet',
        );
    },
  });
}

function readinessOf(database: ApplicationDatabase, drain: Drain, registry: Registry): Readiness {
  if (drain.isLeaving) return { ready: false, reason: 'the program is stopping' };
  if (drain.isDraining) return { ready: false, reason: 'taken out of service by an operator' };
  if (database.damage !== undefined) {
    return { ready: false, reason: 'the database is damaged: restore the last backup (see docs/backup.md)' };
  }
  if (database.ready()) return { ready: true, reason: 'the database answers' };
  const state = database.service.report?.(registry.clock.now())['state'];
  return { ready: false, reason: `the database is ${typeof state === 'string' ? state : 'not available'}` };
}

async function listen(app: HttpServer, { host, port }: Config): Promise<string> {
  try {
    await app.listen({ host, port, listenTextResolver: () => 'Listening for requests' });
  } catch (error) {
    throw new StartError(cannotListen(error, host, port), { cause: error });
  }
  const address = app.server.address();
  const actualPort = typeof address === 'object' && address !== null ? address.port : port;
  // Browsers can't open the address that means "all addresses".
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${actualPort}`;
}

function cannotListen(error: unknown, host: string, port: number): string {
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use by another program: stop that one first, or set PORT to another port (0 takes any free one).`;
    case 'EACCES':
      return `Port ${port} needs privileges that this user does not have: set PORT to a port above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST is ${host}, which is not an address of this machine: set HOST to one that is, such as 127.0.0.1.`;
    default:
      return `The application cannot listen on ${host}, port ${port}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Lets pending requests finish, but not indefinitely: a client may read slowly. */
async function close(app: HttpServer): Promise<void> {
  const limit = setTimeout(() => app.server.closeAllConnections(), drainLimitMs);
  await app.close();
  clearTimeout(limit);
}

async function unlessAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal?.reason);
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

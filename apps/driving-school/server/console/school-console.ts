import type { FastifyRequest } from 'fastify';
import { createConsole, exportConsoleMetrics, rekeyAuditLog, type Console } from '@dualbrake/console';
import type { Registry } from 'dualbrake';
import { exportMetrics } from 'dualbrake/prometheus';
import { join } from 'node:path';
import { Registry as MetricsRegistry } from 'prom-client';
import type { ApplicationDatabase } from '../platform/database/database.ts';
import type { DataFolder } from '../platform/data-folder.ts';
import type { Identity } from '../platform/http/access.ts';
import type { FolderKey } from '../platform/keys/sealed-data.ts';
import type { Drain } from '../platform/http/drain.ts';
import { fastifyRequestOf } from '../platform/http/mount.ts';
import type { Log } from '../platform/logs/log.ts';
import type { Secrets } from '../platform/secrets.ts';
import { consoleRoleNames, ConsoleUsers, tokenUser } from './console-users.ts';
import { databaseService } from './database-service.ts';
import { operatorToken, type OperatorToken } from './operator-token.ts';
import { collectProcessMetrics } from './process-metrics.ts';
import { webService } from './web-service.ts';

/** The parts of the console. */
export interface SchoolConsoleParts {
  readonly registry: Registry;
  readonly database: ApplicationDatabase;
  readonly drain: Drain;
  readonly dataFolder: Pick<DataFolder, 'directory'>;
  readonly secrets: Secrets;
  readonly identity: Identity;
  /** Ends the session of the request. */
  readonly endSession: (request: FastifyRequest) => Promise<void>;
  /** The name of a user, also while the database is unavailable; `undefined` without a local copy. */
  readonly personName: (userId: string) => string | undefined;
  /** Adds metrics of the application to those of the process. */
  readonly collectMetrics?: (register: MetricsRegistry) => void;
  readonly log: Log;
  /** Shown on the page. Drills can only be started in `demo`. */
  readonly environment: string;
  readonly version: string;
}

/** The console of this application, with its users. */
export interface SchoolConsole {
  readonly console: Console;
  readonly users: ConsoleUsers;
  /** Authenticates programs that can read the data folder. */
  readonly token: OperatorToken;
}

/** The base path of the console. */
export const consolePath = '/admin';
/** The name of the application on its pages. */
export const applicationName = 'Driving School';
const storeFile = 'console.sqlite';
const auditPurpose = 'console-audit';

/** The key of the console's audit log, for rotations of the secret. */
export const consoleAuditKey: FolderKey = {
  purpose: auditPurpose,
  change: (directory, from, to) =>
    rekeyAuditLog({ path: join(directory, storeFile), from: auditKeyOf(from), to: auditKeyOf(to) }),
};

function auditKeyOf(key: Buffer): string {
  return key.toString('base64url');
}

/** Descriptions of the breakers. */
const members = {
  database: { description: 'Every call to the school’s database' },
  'students-route': {
    description: 'Reads of one student. One call includes all attempts, which the database breaker counts one by one',
    dependsOn: ['database'],
  },
} as const;

/** Creates the console. It stores its records in the data folder, so it works while the database is unavailable. */
export function createSchoolConsole(parts: SchoolConsoleParts): SchoolConsole {
  const { registry, database, drain, dataFolder, secrets, identity, log, environment, version } = parts;
  const token = operatorToken(dataFolder.directory);
  const drills = environment === 'demo';
  const users = new ConsoleUsers(identity, token, drills);
  const metrics = new MetricsRegistry();
  collectProcessMetrics(metrics);
  parts.collectMetrics?.(metrics);

  const console = createConsole({
    registry,
    services: [databaseService(database, registry), webService(drain)],
    authenticate: (request) => {
      const sender = fastifyRequestOf(request);
      return sender && users.of(sender);
    },
    reauthenticate: (request) => {
      const sender = fastifyRequestOf(request);
      return sender && users.again(sender);
    },
    tokenSignIn: {
      token: () => token.current(),
      user: tokenUser,
      key: secrets.derive('console-token-session').toString('base64url'),
      addressOf: (request) => fastifyRequestOf(request)?.ip,
      hint: 'It is in the file console-token in the data folder; “npm run -s console-token” prints it.',
    },
    canSignIn: () => database.ready(),
    async signOut(request) {
      const sender = fastifyRequestOf(request);
      if (sender !== undefined) await parts.endSession(sender);
      return undefined;
    },
    personName: parts.personName,
    store: {
      path: join(dataFolder.directory, storeFile),
      auditKey: auditKeyOf(secrets.derive(auditPurpose)),
    },
    members,
    drills: { enabled: drills },
    metrics,
    // The application has already checked the Host header.
    allowedHosts: 'any',
    basePath: consolePath,
    application: { name: applicationName, homePath: '/', accountPath: '/account' },
    environment,
    roleNames: consoleRoleNames,
    instance: { version },
    // Not the console's own message, which contains names of people.
    log: ({ event, actor, target, action, reason, from, to }) =>
      log.warn({ event, actor_id: actor, target, action, reason, from, to }, `console: ${action} on ${target}`),
    onError: (error) => log.error({ event: 'console.error', err: error }, 'The console failed'),
  });
  // Later than `createConsole`, which configures the measurements that its previews need.
  exportMetrics(registry, { register: metrics });
  exportConsoleMetrics(console, { register: metrics });
  users.recognizeConsoleSessions((cookies, isHttps) => console.knows(cookies, isHttps));
  return { console, users, token };
}

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
import { senderOf } from '../platform/http/mount.ts';
import type { Log } from '../platform/logs/log.ts';
import type { Secrets } from '../platform/secrets.ts';
import { consoleRoleNames, ConsoleUsers, tokenUser } from './console-users.ts';
import { databaseService } from './database-service.ts';
import { operatorToken, type OperatorToken } from './operator-token.ts';
import { collectProcessMetrics } from './process-metrics.ts';
import { webService } from './web-service.ts';

export interface SchoolConsoleParts {
  readonly registry: Registry;
  readonly database: ApplicationDatabase;
  readonly drain: Drain;
  readonly dataFolder: Pick<DataFolder, 'directory'>;
  readonly secrets: Secrets;
  readonly identity: Identity;
  /** Ends the school's session of whoever asks. */
  readonly endSession: (request: FastifyRequest) => Promise<void>;
  /** Name of a person, also while the database is down; nothing when nobody here knows it. */
  readonly personName: (userId: string) => string | undefined;
  readonly log: Log;
  /** Shown on the page, such as `demo`. Drills can be started in `demo` only. */
  readonly environment: string;
  readonly version: string;
}

/** The console of this application, and who is who at it. */
export interface SchoolConsole {
  readonly console: Console;
  readonly users: ConsoleUsers;
  /** What programs of whoever may read the data folder prove themselves with. */
  readonly token: OperatorToken;
}

export const consolePath = '/admin';
/** What people call the application. */
export const applicationName = 'Driving School';
const storeFile = 'console.sqlite';
const auditPurpose = 'console-audit';

/** The chain of the console's audit log, which a rotation of the secret changes over. */
export const consoleAuditKey: FolderKey = {
  purpose: auditPurpose,
  change: (directory, from, to) =>
    rekeyAuditLog({ path: join(directory, storeFile), from: auditKeyOf(from), to: auditKeyOf(to) }),
};

function auditKeyOf(key: Buffer): string {
  return key.toString('base64url');
}

/** What people should know of the breakers, beside what these report. */
const members = {
  database: { description: 'Every call to the school’s database', tags: ['database'] },
  'students-route': {
    description: 'Reads of one student with all their attempts, of which the database breaker sees each',
    tags: ['database', 'students'],
    dependsOn: ['database'],
  },
} as const;

/** Builds the console: its records lie in the data folder, so that it works while the database does not. */
export function createSchoolConsole(parts: SchoolConsoleParts): SchoolConsole {
  const { registry, database, drain, dataFolder, secrets, identity, log, environment, version } = parts;
  const token = operatorToken(dataFolder.directory);
  const drills = environment === 'demo';
  const users = new ConsoleUsers(identity, token, drills);
  const metrics = new MetricsRegistry();
  collectProcessMetrics(metrics);

  const console = createConsole({
    registry,
    services: [databaseService(database, registry), webService(drain)],
    authenticate: (request) => {
      const sender = senderOf(request);
      return sender && users.of(sender);
    },
    reauthenticate: (request) => {
      const sender = senderOf(request);
      return sender && users.again(sender);
    },
    tokenSignIn: {
      token: () => token.current(),
      user: tokenUser,
      key: secrets.derive('console-token-session').toString('base64url'),
      addressOf: (request) => senderOf(request)?.ip,
      hint: 'It is in the file console-token in the data folder; “npm run -s console-token” prints it.',
    },
    canSignIn: () => database.ready(),
    async signOut(request) {
      const sender = senderOf(request);
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
    // The application has looked at the Host header by then.
    allowedHosts: 'any',
    basePath: consolePath,
    application: { name: applicationName, homePath: '/', accountPath: '/account' },
    environment,
    roleNames: consoleRoleNames,
    instance: { version },
    // The sentence is made anew: the console's names people.
    log: ({ event, actor, target, action, reason, from, to }) =>
      log.warn({ event, actor_id: actor, target, action, reason, from, to }, `console: ${action} on ${target}`),
    onError: (error) => log.error({ event: 'console.error', err: error }, 'The console failed'),
  });
  // After the console has begun to measure, with the outcomes that its previews need.
  exportMetrics(registry, { register: metrics });
  exportConsoleMetrics(console, { register: metrics });
  users.leaveTo((cookies, isHttps) => console.knows(cookies, isHttps));
  return { console, users, token };
}

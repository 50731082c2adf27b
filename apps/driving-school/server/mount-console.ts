import { ActionFailedError, createConsole, type ConsoleService, type ConsoleUser } from '@dualbrake/console';
import type { Registry } from 'dualbrake';
import type { Role } from '../contract/session.ts';
import { RestartTooSoonError, type ApplicationDatabase } from './platform/database/database.ts';
import type { Identity } from './platform/http/access.ts';
import type { HttpServer } from './platform/http/http.ts';
import { mount, senderOf } from './platform/http/mount.ts';
import { ProblemError } from './platform/http/problems.ts';
import type { Log } from './platform/logs/log.ts';

interface ConsoleParts {
  readonly registry: Registry;
  readonly database: ApplicationDatabase;
  readonly identity: Identity;
  readonly log: Log;
  /** Shown on the page, such as `demo`. */
  readonly environment: string;
}

const basePath = '/admin';

/** Who gives orders, and who looks. An instructor has no business here. */
const permissions: Readonly<Record<Role, ConsoleUser['permission'] | undefined>> = {
  owner: 'operate',
  operator: 'operate',
  office: 'view',
  instructor: undefined,
};

/** A restart ends within this, or has failed: a cold start of the embedded database takes seconds. */
const restartLimitMs = 60_000;
/** Between two restarts, so that impatience does not keep it down. */
const coolDownMs = 5_000;

/** The operator's console under `/admin`, with the application's own sign-in. */
export function mountConsole(app: HttpServer, { registry, database, identity, log, environment }: ConsoleParts): void {
  /** Asked before the console is, so that a refusal looks like all others of the application. */
  const users = new WeakMap<Request, ConsoleUser>();
  const recognize = async (request: Request): Promise<void> => {
    const sender = senderOf(request);
    if (sender === undefined) return;
    // The page itself is for everybody, so nobody has asked yet who this is.
    const actor = (sender.signedIn ?? (await identity.identify(sender)))?.actor;
    if (actor === undefined) return;
    const permission = permissions[actor.role];
    if (permission === undefined) throw notForYou();
    users.set(request, { id: actor.userId, name: actor.name, permission });
  };

  const console = createConsole({
    registry,
    services: [databaseService(database, registry)],
    authenticate: (request) => users.get(request),
    basePath,
    environment,
    // The sentence is made anew: the console's names people.
    log: ({ event, actor, target, action, reason, from, to }) =>
      log.warn({ event, actor_id: actor, target, action, reason, from, to }, `console: ${action} on ${target}`),
    onError: (error) => log.error({ event: 'console.error', err: error }, 'The console failed'),
  });
  app.addHook('preClose', async () => console.close());

  const api = `${basePath}/api/*`;
  mount(app, {
    handler: async (request) => {
      await recognize(request);
      return console(request);
    },
    routes: [
      { path: basePath, methods: ['GET'], access: 'anyone' },
      { path: `${basePath}/*`, methods: ['GET'], access: 'anyone' },
      { path: api, methods: ['GET'], access: rolesWho('view') },
      { path: api, methods: ['POST'], access: rolesWho('operate') },
    ],
  });
}

function rolesWho(can: ConsoleUser['permission']): Role[] {
  const roles = Object.keys(permissions) as Role[];
  return roles.filter((role) => permissions[role] === 'operate' || permissions[role] === can);
}

function databaseService(database: ApplicationDatabase, registry: Registry): ConsoleService {
  return {
    id: 'database',
    name: 'database',
    report() {
      const facts = Object.entries(database.service.report?.(registry.clock.now()) ?? {});
      return Object.fromEntries(
        facts.filter((fact): fact is [string, string | number | boolean] => typeof fact[1] !== 'object'),
      );
    },
    subscribe: (listener) => database.onChange(listener),
    actions: {
      restart: {
        timeLimitMs: restartLimitMs,
        coolDownMs,
        async run(_, reason) {
          try {
            await database.restart(reason);
          } catch (error) {
            if (error instanceof RestartTooSoonError) throw new ActionFailedError(error.message, { cause: error });
            throw error;
          }
          if (!database.ready()) throw new ActionFailedError('The database was restarted, but does not answer yet.');
          return 'The database answers again.';
        },
      },
      reconnect: {
        timeLimitMs: restartLimitMs,
        coolDownMs: 0,
        async run(_, reason, actor) {
          const change = registry.control('services', 'database', 'reconnect', { reason, actor });
          return change === undefined ? 'There was no connection to renew.' : `${change.what}: ${change.to}.`;
        },
      },
    },
  };
}

function notForYou(): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'not_permitted',
    title: 'Not permitted',
    detail: 'The console is for the owner, the operator and the office.',
  });
}

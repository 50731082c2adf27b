import { ActionFailedError, type ConsoleService } from '@dualbrake/console';
import type { Registry } from 'dualbrake';
import { RestartTooSoonError, type ApplicationDatabase } from '../platform/database/database.ts';

/** A cold start of the embedded database takes seconds. */
const restartLimitMs = 60_000;
/** Between two restarts, so that repeated ones don't keep the database down. */
const coolDownMs = 5_000;
const checkLimitMs = 5_000;

/** The database as a service of the console. */
export function databaseService(database: ApplicationDatabase, registry: Registry): ConsoleService {
  return {
    id: 'database',
    name: 'database',
    dependants: ['database', 'students-route'],
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
        destructive: true,
        async run({ reason, step }) {
          step('Stopping and starting.');
          try {
            await database.restart(reason);
          } catch (error) {
            if (error instanceof RestartTooSoonError) throw new ActionFailedError(error.message, { cause: error });
            throw error;
          }
          step('Checking the database.');
          if (!database.ready()) throw new ActionFailedError('The database was restarted but isn’t responding yet.');
          return 'The database is available again.';
        },
      },
      reconnect: {
        timeLimitMs: restartLimitMs,
        coolDownMs: 0,
        async run({ reason, actor }) {
          const change = registry.control('services', 'database', 'reconnect', { reason, actor });
          return change === undefined ? 'There were no connections to renew.' : `${change.what}: ${change.to}.`;
        },
      },
      check: {
        timeLimitMs: checkLimitMs,
        coolDownMs: 0,
        async run({ signal }) {
          if (await database.isHealthy(signal)) return 'The database is available.';
          throw new ActionFailedError('The database isn’t responding.');
        },
      },
    },
  };
}

import type { ConsoleService } from '@dualbrake/console';
import type { Drain } from '../platform/http/drain.ts';

/** The time limit of requests, plus time for load balancers to notice. */
const drainLimitMs = 30_000;

/** The web server as a service of the console. It can be drained before a restart of the machine. */
export function webService(drain: Drain): ConsoleService {
  return {
    id: 'web',
    name: 'web server',
    report: () => ({
      state: drain.isDraining ? 'draining' : 'up',
      sinceMs: drain.sinceMs,
      reason: drain.isDraining ? 'taken out of service by an operator, /readyz returns 503' : 'accepting requests',
      'Running requests': drain.requests,
    }),
    subscribe: (listener) => drain.subscribe(listener),
    actions: {
      drain: {
        timeLimitMs: drainLimitMs,
        coolDownMs: 0,
        destructive: true,
        async run({ signal, step }) {
          step('Waiting for running requests; /readyz returns 503 to load balancers.');
          await drain.drain(signal);
          return 'No requests are running.';
        },
      },
      admit: {
        timeLimitMs: drainLimitMs,
        coolDownMs: 0,
        async run() {
          drain.admit();
          return 'The web server accepts requests again.';
        },
      },
    },
  };
}

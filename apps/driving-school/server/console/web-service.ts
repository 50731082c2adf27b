import type { ConsoleService } from '@dualbrake/console';
import type { Drain } from '../platform/http/drain.ts';

/** As long as the longest answer may take, and the time in which balancers notice. */
const drainLimitMs = 30_000;

/** The web server, which can be taken out of service before a restart of the machine. */
export function webService(drain: Drain): ConsoleService {
  return {
    id: 'web',
    name: 'web server',
    report: () => ({
      state: drain.isDraining ? 'draining' : 'up',
      sinceMs: drain.sinceMs,
      reason: drain.isDraining ? 'taken out of service by an operator, /readyz answers 503' : 'answers requests',
      'Running requests': drain.underWay,
    }),
    subscribe: (listener) => drain.subscribe(listener),
    actions: {
      drain: {
        timeLimitMs: drainLimitMs,
        coolDownMs: 0,
        destructive: true,
        async run({ signal, step }) {
          step('Load balancers are told to send requests elsewhere.');
          await drain.drain(signal);
          return 'No requests are running.';
        },
      },
      admit: {
        timeLimitMs: drainLimitMs,
        coolDownMs: 0,
        async run() {
          drain.admit();
          return 'It takes requests again.';
        },
      },
    },
  };
}

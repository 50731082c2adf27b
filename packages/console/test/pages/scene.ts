import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CircuitBreaker, retry } from 'dualbrake';
import { faultInjection } from 'dualbrake/faults';
import { toNodeHandler, type ConsoleOptions, type ConsoleService } from '../../src/index.ts';
import { consoleKit, type ConsoleKit } from '../../src/testing/console-kit.ts';

export const sceneNames = ['empty', 'healthy', 'outage'] as const;
export type SceneName = (typeof sceneNames)[number];

/** A console with activity, behind a real socket. Its clock stands still until it is moved. */
export interface Scene {
  readonly kit: ConsoleKit;
  /** Of the page, with a slash at the end. */
  readonly url: string;
  /** Lets the scene's clock run along with the real one, so that heartbeats come. */
  run(): void;
  /** Stops the clock: the server sends no more heartbeats. Resolves when it stands. */
  pause(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Signs in at `{url}sign-in`. */
export const operatorsToken = 'a-token-of-at-least-thirty-two-characters';

/** @param pageDirectory of the built page */
export async function startScene(
  name: SceneName,
  pageDirectory: string,
  options: Partial<ConsoleOptions> = {},
): Promise<Scene> {
  const services = name === 'empty' ? [] : [databaseOf(name === 'outage'), mailOf()];
  const kit = consoleKit({
    pageDirectory,
    environment: 'test',
    application: { name: 'Driving School', homePath: '/', accountPath: '/account' },
    tokenSignIn: {
      token: () => operatorsToken,
      user: { id: 'token', name: 'Operator’s token', role: 'operator' },
      hint: 'It is in the data folder.',
    },
    signOut: () => undefined,
    services,
    drills: { enabled: name !== 'empty' },
    instance: { id: 'school-1', version: '1.4.0' },
    members: {
      database: { description: 'Students, lessons and payments' },
      mail: { description: 'Letters to students' },
    },
    ...options,
  });
  if (name === 'empty') {
    kit.registry.remove('reads');
    kit.registry.remove('letters');
  } else await happen(kit, name);
  const server = createServer(toNodeHandler(kit.console)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  let timer: ReturnType<typeof setInterval> | undefined;
  let moving = Promise.resolve();
  const pause = (): Promise<void> => {
    clearInterval(timer);
    return moving;
  };
  return {
    kit,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/admin/`,
    run() {
      clearInterval(timer);
      timer = setInterval(() => {
        moving = moving.then(() => kit.clock.advance(200));
      }, 200);
    },
    pause,
    async [Symbol.asyncDispose]() {
      await pause();
      kit.console.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function databaseOf(isDown: boolean): ConsoleService {
  let state = isDown ? 'down' : 'up';
  return {
    id: 'database',
    name: 'Database',
    report: () => ({ state, sinceMs: 60_000, reason: isDown ? 'ECONNREFUSED' : 'answers', pid: 4711, restarts: 0 }),
    dependants: ['reads.database', 'reads.students'],
    actions: {
      restart: {
        run: async ({ step }) => {
          step('stopped the old process');
          state = 'up';
          step('the new one answers');
          return 'It answers after 41 ms.';
        },
        timeLimitMs: 30_000,
        coolDownMs: 10_000,
        destructive: true,
      },
      reconnect: { run: async () => 'closed 4 connections, opened 4', timeLimitMs: 10_000, coolDownMs: 1_000 },
    },
  };
}

function mailOf(): ConsoleService {
  return {
    id: 'mail',
    name: 'Mail server',
    report: () => ({ state: 'up', sinceMs: 5_400_000, reason: 'answers' }),
    dependants: ['letters.mail'],
    actions: { check: { run: async () => 'It answers.', timeLimitMs: 5_000, coolDownMs: 0 } },
  };
}

function named(breaker: string): CircuitBreaker {
  return new CircuitBreaker({ name: breaker, failureThreshold: 5, resetTimeoutMs: 30_000 });
}

/** Two hours of a school: successful and failed calls, and in an outage everything the pages can show of one. */
async function happen(kit: ConsoleKit, name: 'healthy' | 'outage'): Promise<void> {
  const { clock, registry, console } = kit;
  const [students, payments, maps, calendar] = [named('students'), named('payments'), named('maps'), named('calendar')];
  const again = retry({ strategy: 'exponential', maxAttempts: 3, baseMs: 100, maxMs: 1_000, clock, random: () => 0.4 });
  const lookups = registry.pipeline('lookups', [again, students]);
  registry.pipeline('payments', [payments]);
  registry.pipeline('routes', [maps, faultInjection({ name: 'drill' })]);
  registry.pipeline('bookings', [calendar]);
  let number = 0;
  let broken = false;
  const call = (): void => {
    number += 1;
    const id = `c-${number.toString(16).padStart(4, '0')}`;
    const fails = broken || number % 37 === 0;
    lookups
      .execute(
        async () => {
          await new Promise<void>((resolve) => clock.after(20 + ((number * 7919) % 60), resolve));
          if (fails)
            throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
        },
        { attributes: { correlationId: id } },
      )
      .catch(() => {});
    void payments.execute(async () => new Promise<void>((resolve) => clock.after(12, resolve)));
    console.log(
      JSON.stringify({
        level: fails ? 50 : 30,
        time: Date.UTC(2026, 10, 23, 17) + clock.now(),
        msg: fails ? 'GET /api/students/214 failed' : 'GET /api/students/214',
        correlationId: id,
        statusCode: fails ? 503 : 200,
      }),
    );
  };
  const go = async (calls: number, everyMs: number): Promise<void> => {
    for (let count = 0; count < calls; count += 1) {
      call();
      await clock.advance(everyMs);
    }
  };
  await go(300, 8_000);
  await kit.order(
    'PATCH',
    'config',
    { settings: { 'lookups.students': { failureThreshold: 4 } }, reason: 'INC-1: open sooner' },
    { 'if-match': '"c-0"' },
  );
  await go(30, 2_000);
  if (name === 'healthy') return;
  broken = true;
  await go(20, 1_000);
  await kit.fail(kit.database);
  await clock.advance(300);
  await kit.fail(kit.database);
  await kit.order('PUT', 'breakers/routes.maps/override', {
    mode: 'isolated',
    reason: 'vendor maintenance until noon',
  });
  await kit.order('PUT', 'breakers/payments/override', { mode: 'held_closed', reason: 'the limit is wrong' });
  await kit.order('POST', 'breakers/letters.mail/actions', { action: 'trip', reason: 'the mail server is moved' });
  await clock.advance(5_000);
  await kit.mail.execute(async () => 1);
  await kit.order('POST', 'faults', {
    target: 'routes.drill',
    kind: 'delay',
    delay_ms: 800,
    ratio: 0.5,
    ttl_ms: 600_000,
    stop_conditions: [
      { type: 'failure_ratio', breaker: 'lookups.students', above: 0.9 },
      { type: 'loop_delay', above_ms: 500 },
    ],
    reason: 'what do people see when maps are slow?',
  });
  await go(10, 1_000);
}

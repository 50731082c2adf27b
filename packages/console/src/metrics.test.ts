import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { Gauge, Registry as Register } from 'prom-client';
import { seededRandom } from 'dualbrake/testing';
import { exportConsoleMetrics, type ConsoleFigures, type ConsoleOptions } from './index.ts';
import { consoleKit, noon, origin, type ConsoleKit } from './testing/console-kit.ts';

/** Runs promtool, which may be missing on a developer's machine. */
const missing = spawnSync('promtool', ['--version']).error !== undefined;
const why = 'promtool is missing; it is in the Debian package "prometheus" (apt-get install -y prometheus)';
const skip = missing && process.env['CI'] === undefined ? { skip: why } : {};

/** Series and values as Prometheus reads them, such as `recovery_incident_open{severity="minor"}`. */
type Series = Readonly<Record<string, number>>;

interface MeasuredKit extends ConsoleKit {
  readonly register: Register;
  remove(): void;
  /** Series whose names start with a prefix. */
  scrape(beginning?: string): Promise<Series>;
}

function measuredKit(context: TestContext, options: Partial<ConsoleOptions> = {}): MeasuredKit {
  const kit = consoleKit(options);
  context.after(() => kit.console.close());
  const register = new Register();
  const remove = exportConsoleMetrics(kit.console, { register });
  const scrape = async (beginning = ''): Promise<Series> => {
    const lines = (await register.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const pairs = lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))] as const);
    return Object.fromEntries(pairs.filter(([name]) => name.startsWith(beginning)));
  };
  return Object.assign(kit, { register, remove, scrape });
}

/** A service with an action that takes 3 s, and one that fails. */
function aService(kit: () => ConsoleKit): NonNullable<ConsoleOptions['services']>[number] {
  return {
    id: 'pool',
    name: 'Pool',
    report: () => ({ state: 'up', sinceMs: 0, reason: '' }),
    actions: {
      reconnect: {
        timeLimitMs: 10_000,
        coolDownMs: 0,
        run: () => new Promise((resolve) => kit().clock.after(3_000, () => resolve())),
      },
      restart: { timeLimitMs: 10_000, coolDownMs: 0, run: () => Promise.reject(new Error('no')) },
    },
  };
}

test('counters without labels start at 0', async (context) => {
  const kit = measuredKit(context);

  const { recovery_console_event_loop_delay_seconds: _, ...series } = await kit.scrape();

  assert.deepEqual(series, {
    recovery_console_streams: 0,
    recovery_console_stream_lagged_total: 0,
    recovery_console_auth_failures_total: 0,
    recovery_console_audit_failures_total: 0,
    recovery_console_log_lines_dropped_total: 0,
    recovery_config_revision: 0,
    'recovery_config_updates_total{outcome="applied"}': 0,
    'recovery_config_updates_total{outcome="reverted"}': 0,
    'recovery_config_updates_total{outcome="conflict"}': 0,
    'recovery_incidents_total{severity="minor"}': 0,
    'recovery_incidents_total{severity="major"}': 0,
    'recovery_incident_open{severity="minor"}': 0,
    'recovery_incident_open{severity="major"}': 0,
  });
});

test('requests are counted by route and status, never by path', async (context) => {
  const kit = measuredKit(context);
  const secret = 'hunter2';

  await kit.get('breakers/reads.database');
  await kit.get('breakers/letters.mail');
  await kit.order('POST', `breakers/${secret}/actions`, { action: 'trip', reason: secret });
  await kit.console(new Request(`${origin}/admin/api/v1/${secret}?token=${secret}`));
  await kit.console(new Request(`${origin}/${secret}`));
  kit.user = undefined;
  await kit.console(new Request(`${origin}/admin/api/v1/breakers`));

  assert.deepEqual(await kit.scrape('recovery_console_requests_total'), {
    'recovery_console_requests_total{route="GET /breakers/{id}",code="200"}': 2,
    'recovery_console_requests_total{route="POST /breakers/{id}/actions",code="404"}': 1,
    'recovery_console_requests_total{route="other",code="404"}': 2,
    'recovery_console_requests_total{route="GET /breakers",code="401"}': 1,
  });
  assert.equal((await kit.scrape())['recovery_console_auth_failures_total'], 1);
  assert.ok(!(await kit.register.metrics()).includes(secret));
});

test('an action refused because of the audit log is counted', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'console-metrics-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'console.sqlite');
  const kit = measuredKit(context, { store: { path } });
  const other = new DatabaseSync(path);
  context.after(() => other.close());
  // Another process locks the file.
  other.exec('begin exclusive');

  await kit.order('POST', 'breakers/letters.mail/actions', { action: 'trip', reason: 'while nothing can be written' });

  assert.equal((await kit.scrape())['recovery_console_audit_failures_total'], 1);
});

test('open streams are counted', async (context) => {
  const kit = measuredKit(context);
  const streams = async () => (await kit.scrape())['recovery_console_streams'];

  const response = await kit.console(new Request(`${origin}/admin/api/v1/events`));
  assert.equal(await streams(), 1);
  await response.body?.cancel();

  assert.equal(await streams(), 0);
});

test('an incident is counted as open, and by its final severity once it is resolved', async (context) => {
  const kit = measuredKit(context, { members: { database: { dependsOn: ['mail'] } } });
  const incidents = () => kit.scrape('recovery_incident');
  const open = (minor: number, major: number) => ({
    'recovery_incident_open{severity="minor"}': minor,
    'recovery_incident_open{severity="major"}': major,
  });
  const over = (minor: number, major: number) => ({
    'recovery_incidents_total{severity="minor"}': minor,
    'recovery_incidents_total{severity="major"}': major,
  });

  for (let call = 0; call < 2; call += 1) await kit.fail(kit.database);
  assert.deepEqual(await incidents(), { ...open(1, 0), ...over(0, 0) });
  for (let call = 0; call < 2; call += 1) await kit.fail(kit.mail);
  assert.deepEqual(await incidents(), { ...open(0, 1), ...over(0, 0) });
  kit.database.reset();
  kit.mail.reset();
  await kit.clock.advance(70_000);
  assert.deepEqual(await incidents(), { ...open(0, 0), ...over(0, 1) });
});

test('changes of settings are counted as applied, conflict and reverted', async (context) => {
  const kit = measuredKit(context);
  const save = (failureThreshold: number, seen: string, more: object = {}) =>
    kit.order(
      'PATCH',
      'config',
      { settings: { 'reads.database': { failureThreshold } }, reason: 'a trial', ...more },
      { 'if-match': seen },
    );

  const tried = { auto_revert_at: new Date(noon + 120_000).toISOString() };
  const statuses = [await save(3, '"c-0"', tried), await save(4, '"c-0"')].map(({ status }) => status);
  assert.deepEqual(statuses, [200, 412]);
  await kit.clock.advance(125_000);

  assert.deepEqual(await kit.scrape('recovery_config'), {
    recovery_config_revision: 2,
    'recovery_config_updates_total{outcome="applied"}': 1,
    'recovery_config_updates_total{outcome="reverted"}': 1,
    'recovery_config_updates_total{outcome="conflict"}': 1,
  });
});

test('actions are counted with trigger and duration, checks with their duration', async (context) => {
  const kit: MeasuredKit = measuredKit(context, { services: [aService(() => kit)] });
  const order = (action: string) => kit.order('POST', 'services/pool/actions', { action, reason: 'to see' });
  const guarded = kit.console.guard('pool', {
    isHealthy: () => new Promise<boolean>((resolve) => kit.clock.after(40, () => resolve(true))),
    reset: () => new Promise<void>((resolve) => kit.clock.after(2_000, resolve)),
  });

  await order('reconnect');
  await kit.clock.advance(3_000);
  await order('restart');
  await kit.clock.advance(0);
  const checked = guarded.isHealthy(new AbortController().signal);
  await kit.clock.advance(40);
  await checked;
  const recovered = guarded.reset();
  await kit.clock.advance(2_000);
  await recovered;

  const told = await kit.scrape('recovery_');
  const chosen = Object.entries(told).filter(([name]) =>
    /^recovery_(actions|action_\w+_(sum|count)|health)/.test(name),
  );
  const byOperator = (action: string, outcome: string) =>
    `{service="pool",action="${action}",trigger="operator",outcome="${outcome}"}`;
  const byItself = '{service="pool",action="recover",trigger="automatic",outcome="applied"}';
  assert.deepEqual(Object.fromEntries(chosen), {
    'recovery_health_check_up{check="pool"}': 1,
    'recovery_health_check_duration_seconds{check="pool"}': 0.04,
    'recovery_health_check_last_run_timestamp_seconds{check="pool"}': noon / 1_000 + 3.04,
    [`recovery_actions_total${byOperator('reconnect', 'applied')}`]: 1,
    [`recovery_actions_total${byOperator('restart', 'failed')}`]: 1,
    [`recovery_actions_total${byItself}`]: 1,
    [`recovery_action_duration_seconds_sum${byOperator('reconnect', 'applied')}`]: 3,
    [`recovery_action_duration_seconds_count${byOperator('reconnect', 'applied')}`]: 1,
    [`recovery_action_duration_seconds_sum${byOperator('restart', 'failed')}`]: 0,
    [`recovery_action_duration_seconds_count${byOperator('restart', 'failed')}`]: 1,
    [`recovery_action_duration_seconds_sum${byItself}`]: 2,
    [`recovery_action_duration_seconds_count${byItself}`]: 1,
  });
});

test('no counter ever decreases, and no series appears twice', async (context) => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const random = seededRandom(seed);
      const upTo = (most: number) => Math.floor(random() * most);
      const kit: MeasuredKit = measuredKit(context, {
        services: [aService(() => kit)],
        members: { database: { dependsOn: ['mail'] } },
      });
      const { revision } = await kit.get<{ revision: number }>('config');
      let seen = revision;
      const steps: readonly (() => Promise<unknown>)[] = [
        () => kit.fail([kit.database, kit.mail][upTo(2)] ?? assert.fail()),
        () => kit.order('POST', 'breakers/reads.database/actions', { action: 'reset', reason: 'to see' }),
        () => kit.order('POST', 'breakers/letters.mail/actions', { action: 'isolate', reason: 'to see' }),
        () => kit.order('POST', 'breakers/letters.mail/actions', { action: 'release', reason: 'to see' }),
        () =>
          kit.order('POST', 'services/pool/actions', {
            action: ['reconnect', 'restart'][upTo(2)],
            reason: 'to see',
          }),
        async () => {
          const settings = { 'reads.database': { failureThreshold: 2 + upTo(5) } };
          const headers = { 'if-match': `"c-${seen}"` };
          const { status } = await kit.order('PATCH', 'config', { settings, reason: 'to see' }, headers);
          if (status === 200 && random() < 0.7) seen += 1;
        },
        () => kit.console(new Request(`${origin}/admin/api/v1/${['breakers', 'nothing'][upTo(2)]}`)),
        () => kit.clock.advance(upTo(50_000)),
      ];
      let before: Series = {};
      for (let step = 0; step < 40; step += 1) {
        await (steps[upTo(steps.length)] ?? assert.fail())();
        const text = await kit.register.metrics();
        const names = text
          .split('\n')
          .flatMap((line) => (/^\w/.test(line) ? [line.slice(0, line.lastIndexOf(' '))] : []));
        assert.equal(new Set(names).size, names.length);
        const after = await kit.scrape();
        for (const [name, value] of Object.entries(before)) {
          if (/_(total|bucket|count|sum)\b/.test(name)) assert.ok((after[name] ?? -1) >= value, `${name} was ${value}`);
        }
        before = after;
      }
    }),
    { numRuns: 15 },
  );
});

test('one scrape reads the console’s figures once', async () => {
  let asked = 0;
  const figures = (): ConsoleFigures => {
    asked += 1;
    return {
      requests: [],
      streams: 0,
      streamsLagged: 0,
      authenticationFailures: 0,
      auditFailures: 0,
      eventLoopDelayMs: 250,
      configRevision: 0,
      configUpdates: { applied: 0, reverted: 0, conflict: 0 },
      incidentsOpen: { minor: 0, major: 0 },
      incidentsEnded: { minor: 0, major: 0 },
      actions: [],
      checks: [],
      logLinesDropped: 0,
      services: [{ service: 'pool', up: false }],
    };
  };
  const register = new Register();
  exportConsoleMetrics({ figures }, { register });

  const text = await register.metrics();
  await register.metrics();

  assert.equal(asked, 2);
  assert.match(text, /^recovery_console_event_loop_delay_seconds 0\.25$/m);
  assert.match(text, /^recovery_health_check_up\{check="pool"\} 0$/m);
});

test('nothing is registered if a name is taken, and registered metrics can be removed', async (context) => {
  const { register, remove, console } = measuredKit(context);

  assert.throws(() => exportConsoleMetrics(console, { register }), {
    message: 'A metric with the name recovery_console_requests_total has already been registered.',
  });
  remove();
  const name = 'recovery_config_revision';
  const taken = new Gauge({ name, help: 'Not ours.', registers: [register] });
  assert.throws(() => exportConsoleMetrics(console, { register }), {
    message: `A metric with the name ${name} has already been registered.`,
  });
  assert.deepEqual(register.getMetricsAsArray(), [taken]);
});

test('promtool accepts the console’s metrics', skip, async (context) => {
  assert.ok(!missing, why);
  const kit: MeasuredKit = measuredKit(context, { services: [aService(() => kit)] });
  await kit.get('breakers');
  await kit.order('POST', 'services/pool/actions', { action: 'restart', reason: 'to see' });
  await kit.clock.advance(0);
  const input = await kit.register.metrics();

  assert.match(input, /^recovery_action_duration_seconds_bucket/m);
  assert.equal(execFileSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8', stdio: 'pipe' }), '');
});

test('all metrics in the alerts and the dashboard exist', async (context) => {
  const kit: MeasuredKit = measuredKit(context, { services: [aService(() => kit)] });
  const text = await kit.register.metrics();
  const names = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name = '']) => name);
  const folder = new URL('../../dualbrake/monitoring/', import.meta.url);
  const asked = ['alerts.yaml', 'grafana.json'].flatMap((file) => {
    const found = readFileSync(new URL(file, folder), 'utf8').matchAll(
      /\brecovery_(?:console|incidents?|config|actions?|health)_\w+/g,
    );
    return [...found].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));
  });

  assert.ok(asked.includes('recovery_console_audit_failures_total'));
  assert.deepEqual(
    asked.filter((name) => !names.includes(name)),
    [],
  );
  // The dashboard shows all metrics except these.
  const left = names.filter((name) => !asked.includes(name));
  assert.deepEqual(left, ['recovery_console_stream_lagged_total', 'recovery_health_check_duration_seconds']);
});

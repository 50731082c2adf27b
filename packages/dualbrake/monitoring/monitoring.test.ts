import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Registry as Register } from 'prom-client';
import { faultInjection } from '../src/faults/index.ts';
import { CircuitBreaker, Registry, retry, retryBudget } from '../src/index.ts';
import { exportMetrics } from '../src/prometheus/index.ts';
import { ManualClock } from '../src/testing/index.ts';

const folder = fileURLToPath(new URL('./', import.meta.url));
const alerts = readFileSync(join(folder, 'alerts.yaml'), 'utf8');
const dashboard = JSON.parse(readFileSync(join(folder, 'grafana.json'), 'utf8')) as Dashboard;

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly mappings?: readonly unknown[] } };
  readonly options?: { readonly yAxis?: { readonly unit?: string } };
  readonly targets?: readonly {
    readonly expr: string;
    readonly refId: string;
    readonly datasource: { readonly uid: string };
  }[];
}

interface Dashboard {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
}

/** Metrics that the console makes, which knows dualbrake and not the other way round: a test of its own looks for them. */
const ofTheConsole = /^recovery_(console|incidents?|config|actions?|health)_\w+$/;

const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** Runs promtool. On a developer's machine it may be missing. */
const missing = spawnSync('promtool', ['--version']).error !== undefined;
const why = 'promtool is missing; it is in the Debian package "prometheus" (apt-get install -y prometheus)';
const skip = missing && process.env['CI'] === undefined ? { skip: why } : {};

function promtool(args: readonly string[], input = ''): string {
  assert.ok(!missing, why);
  return execFileSync('promtool', [...args], { cwd: folder, input, encoding: 'utf8', stdio: 'pipe', timeout: 180_000 });
}

/** What Prometheus reads of a registry in which everything that there is a metric for has happened. */
async function textWithTraffic(): Promise<string> {
  const clock = new ManualClock();
  const registry = new Registry({ clock, random: () => 0.5 });
  const register = new Register();
  exportMetrics(registry, { register, wallClock: () => 1_767_225_600_000 + clock.now() });
  const budget = retryBudget();
  registry.add('budgets', [budget]);
  const drill = faultInjection();
  const breaker = new CircuitBreaker({ name: 'db', window: 'count', minimumCalls: 1, resetTimeoutMs: 1_000 });
  const calls = registry.pipeline('calls', [retry({ maxAttempts: 2, baseMs: 0, budget }), breaker, drill]);
  drill.start({ kind: 'error', class: 'transient', forMs: 1_000 });
  await calls.execute(() => 'fine').catch(() => undefined);
  await clock.advance(2_000);
  for (let call = 0; call < 2; call += 1) await calls.execute(() => 'fine');
  breaker.isolate('maintenance');
  await calls.execute(() => 'fine').catch(() => undefined);
  return register.metrics();
}

/** Names of series, and what their labels are. */
function seriesOf(text: string): ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, Map<string, Set<string>>>();
  for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)\{(.*)\} \S+$/gm)) {
    const known = found.get(name) ?? new Map<string, Set<string>>();
    found.set(name, known);
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
      known.set(label, (known.get(label) ?? new Set()).add(value));
    }
  }
  return found;
}

/** Labels that Prometheus adds. */
const ofTheScrape = ['job', 'instance'];

/** What an expression asks for that nobody tells: unknown names, unknown labels, unknown values of labels. */
function unknownIn(expression: string, series: ReturnType<typeof seriesOf>): string[] {
  const asked = [...expression.matchAll(/\b(recovery_\w+)(?:\{([^}]*)\})?/g)];
  const unknown = asked.flatMap(([, name = '', matchers = '']) => {
    if (ofTheConsole.test(name)) return [];
    const labels = series.get(name);
    if (labels === undefined) return [name];
    return [...matchers.matchAll(/(\w+)\s*=(~?)\s*"([^"]*)"/g)].flatMap(
      ([, label = '', isPattern = '', value = '']) => {
        const values = labels.get(label);
        if (values === undefined) return [`${name}{${label}}`];
        if (/[${]/.test(value)) return [];
        const wanted = isPattern === '' ? [value] : value.split('|');
        return wanted.filter((one) => !values.has(one)).map((one) => `${name}{${label}="${one}"}`);
      },
    );
  });
  const names = asked.map(([, name = '']) => name);
  if (names.some((name) => ofTheConsole.test(name))) return unknown;
  const labels = new Set([...ofTheScrape, ...names.flatMap((name) => [...(series.get(name)?.keys() ?? [])])]);
  const grouped = [...expression.matchAll(/\b(?:by|on|ignoring) ?\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(',').map((label) => label.trim()),
  );
  return [...unknown, ...grouped.filter((label) => !labels.has(label)).map((label) => `by ${label}`)];
}

test('promtool finds the alerts well-formed', skip, () => {
  assert.match(promtool(['check', 'rules', 'alerts.yaml']), /SUCCESS: 6 rules found/);
});

test('each alert fires when it should, and not before', skip, () => {
  assert.match(promtool(['test', 'rules', 'alerts.test.yaml']), /SUCCESS/);
  const tests = readFileSync(join(folder, 'alerts.test.yaml'), 'utf8');
  const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
  assert.equal(names.length, 6);
  for (const name of names) assert.ok(tests.includes(`alertname: ${name}`), `${name} is not tested`);
});

test('promtool finds nothing to say against the metrics of a registry with traffic', skip, async () => {
  assert.equal(promtool(['check', 'metrics'], await textWithTraffic()), '');
});

test('promtool understands each expression of the dashboard', skip, () => {
  const rules = expressions.map((expr, place) => {
    const plain = expr.replaceAll(/\$__(rate_interval|range)/g, '5m').replaceAll(/\$\w+/g, '.*');
    return { record: `expression:${place}`, expr: plain };
  });
  const temporary = mkdtempSync(join(tmpdir(), 'dualbrake-monitoring-'));
  try {
    const file = join(temporary, 'rules.yaml');
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    assert.match(promtool(['check', 'rules', file]), new RegExp(`SUCCESS: ${expressions.length} rules found`));
  } finally {
    rmSync(temporary, { recursive: true });
  }
});

test('the dashboard and the alerts ask for nothing that is not exported', async () => {
  const series = seriesOf(await textWithTraffic());
  const variables = JSON.stringify(dashboard.templating).replaceAll('\\"', '"');

  const alertExpressions = [...alerts.matchAll(/expr: (.*(?:\n {10}.*)*)/g)].map(([, expr = '']) => expr);
  const asked = [...expressions, ...alertExpressions, variables, alerts];

  assert.equal(alertExpressions.length, 6);
  assert.ok(expressions.length >= 30);
  assert.deepEqual(
    asked.flatMap((expression) => unknownIn(expression, series)),
    [],
  );
});

test('planted mistakes in expressions are found', async () => {
  const series = seriesOf(await textWithTraffic());

  assert.deepEqual(
    [
      'recovery_breaker_stat{state="open"}',
      'recovery_breaker_state{status="open"}',
      'recovery_breaker_state{state="half-open"}',
      'recovery_breaker_calls_total{outcome=~"failure|time_out"}',
      'recovery_console_audit_failures_total{any="thing"}',
      'sum by (breaker, kind, job) (recovery_breaker_state)',
    ].flatMap((expression) => unknownIn(expression, series)),
    [
      'recovery_breaker_stat',
      'recovery_breaker_state{status}',
      'recovery_breaker_state{state="half-open"}',
      'recovery_breaker_calls_total{outcome="time_out"}',
      'by kind',
    ],
  );
});

test('each metric of breakers and retries has a place on the dashboard', async () => {
  const text = await textWithTraffic();
  const names = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name = '']) => name);
  const shown = expressions.join(' ');

  // How full a window is says little on a dashboard of many.
  const left = names.filter((name) => !shown.includes(name));
  assert.deepEqual(left, ['recovery_breaker_window_calls']);
});

test('the dashboard can be loaded as it is', () => {
  const { panels, templating } = dashboard;

  assert.match(dashboard.uid, /^[a-z0-9-]{1,40}$/);
  assert.ok(!('id' in dashboard), 'an id would collide with another dashboard');
  assert.deepEqual(
    templating.list.map(({ name }) => name),
    ['datasource', 'breaker', 'policy'],
  );
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const { title, type, targets = [], datasource, description } of panels) {
    if (type === 'row') continue;
    assert.equal(datasource?.uid, '${datasource}', title);
    assert.ok(description !== undefined && targets.length > 0, title);
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
    for (const target of targets) assert.equal(target.datasource.uid, '${datasource}', title);
  }
});

/** Units that fit what an expression comes to. */
function unitsFor(expr: string): readonly string[] {
  if (/_timestamp_seconds/.test(expr)) return ['dateTimeFromNow'];
  if (/_seconds(_bucket)?\b/.test(expr)) return ['s'];
  // Failed calls by all calls are a share as well.
  if (/_ratio(_threshold)?\b|_calls_total\b.* \/ .*_calls_total\b/.test(expr)) return ['percentunit'];
  if (/\brate\(/.test(expr) && !expr.includes(' / ')) return ['reqps', 'ops'];
  return ['none', 'short'];
}

test('each panel has the unit of what it shows, or words for it', () => {
  const wrong = dashboard.panels.flatMap(({ title, targets = [], fieldConfig, options }) => {
    const { unit, mappings = [] } = fieldConfig?.defaults ?? {};
    const shown = unit ?? options?.yAxis?.unit ?? (mappings.length > 0 ? 'words' : 'no unit');
    return targets
      .filter(({ expr }) => shown !== 'words' && !unitsFor(expr).includes(shown))
      .map(({ expr }) => `${title}: ${shown} for ${expr}`);
  });

  assert.deepEqual(wrong, []);
});

test('a time from now is in milliseconds, as Grafana wants it', () => {
  for (const { title, targets = [], fieldConfig } of dashboard.panels) {
    if (fieldConfig?.defaults.unit !== 'dateTimeFromNow') continue;
    for (const { expr } of targets) assert.match(expr, /^1000 \* /, title);
  }
});

test('no two panels of the dashboard lie on each other', () => {
  const taken = new Map<string, string>();
  for (const { title, gridPos } of dashboard.panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        assert.equal(taken.get(`${x} ${y}`), undefined, title);
        taken.set(`${x} ${y}`, title);
      }
    }
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { collectProcessMetrics } from './process-metrics.ts';

test('only counters end in _total', async () => {
  const register = new Registry();
  collectProcessMetrics(register);
  const metrics = await register.getMetricsAsJSON();

  assert.ok(metrics.length > 10, `${metrics.length} metrics`);
  const misnamed = metrics.filter(({ name, type }) => name.endsWith('_total') && String(type) !== 'counter');
  assert.deepEqual(
    misnamed.map(({ name }) => name),
    [],
  );
  assert.ok(metrics.some(({ name }) => name === 'nodejs_active_resources'));
});

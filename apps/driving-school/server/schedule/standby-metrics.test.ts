import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { collectStandbyMetrics } from './standby-metrics.ts';
import type { Standby } from './standby.ts';
import { scheduleSchool } from './testing/schedule-school.ts';

test('the metrics are the age and the size of the copies; without copies the age has no value', async () => {
  await using there = await scheduleSchool();
  const standby: Standby = there.schedule.standby;
  const register = new Registry();
  collectStandbyMetrics(register, standby);
  assert.doesNotMatch(await register.metrics(), /^standby_age_seconds /m);
  await there.addLesson({ startsAt: '2026-03-16T09:00' });
  await standby.refresh();
  there.school.wallClock.advance({ seconds: 90 });
  const text = await register.metrics();
  assert.match(text, /^standby_age_seconds 90$/m);
  assert.match(text, /^standby_lessons 1$/m);
});

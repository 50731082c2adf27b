import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorldRequest } from '../api.ts';
import { someWorld } from './testing/calendar-data.ts';
import { Worlds } from './worlds.ts';

function recorded(
  answer: () => Promise<{ data: ReturnType<typeof someWorld> }> = () => Promise.resolve({ data: someWorld() }),
) {
  const requests: WorldRequest[] = [];
  let nowMs = 0;
  const worlds = new Worlds({
    load(request) {
      requests.push(request);
      return answer();
    },
    now: () => nowMs,
  });
  return { worlds, requests, wait: (ms: number) => (nowMs += ms) };
}

test('facts are loaded once while they are fresh, again after 30 s or a change', async () => {
  const { worlds, requests, wait } = recorded();
  const ask = () => worlds.of('a', null, '2026-03-09', '2026-03-09');
  await ask();
  wait(29_999);
  await ask();
  assert.equal(requests.length, 1);
  wait(1);
  await ask();
  worlds.forget();
  await ask();
  assert.equal(requests.length, 3);
  await worlds.of('a', 'course', '2026-03-09', '2026-03-09');
  assert.deepEqual(requests.at(-1), { student_id: 'a', enrolment_id: 'course', from: '2026-03-09', to: '2026-03-09' });
});

test('a failure is not kept', async () => {
  let fails = true;
  const { worlds, requests } = recorded(() =>
    fails ? Promise.reject(new Error('503')) : Promise.resolve({ data: someWorld() }),
  );
  await assert.rejects(worlds.of('a', null, '2026-03-09', '2026-03-09'));
  fails = false;
  await worlds.of('a', null, '2026-03-09', '2026-03-09');
  assert.equal(requests.length, 2);
});

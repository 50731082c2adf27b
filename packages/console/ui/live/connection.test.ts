import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, isDue, newConnection, type Connection, type Happening } from './connection.ts';

const follow = (...steps: readonly (readonly [Happening, number])[]): Connection =>
  steps.reduce((connection, [happening, atMs]) => after(connection, happening, atMs), newConnection(0));

test('at first the stream is opened and the report asked for at once', () => {
  assert.deepEqual(isDue(newConnection(0), 0), { poll: true, open: true });
});

test('while the stream brings something nothing is asked for', () => {
  const connection = follow(['opening', 0], ['asking', 0], ['heard', 100], ['answered', 200], ['heard', 10_000]);

  assert.equal(connection.way, 'stream');
  assert.deepEqual(isDue(connection, 24_999), { poll: false, open: false });
});

test('a silent stream is doubted after 15 s and opened anew after 30 s', () => {
  const connection = follow(['opening', 0], ['heard', 0]);

  assert.deepEqual(isDue(connection, 15_000), { poll: true, open: false });
  assert.deepEqual(isDue(connection, 30_000), { poll: true, open: true });
});

test('a broken stream makes the page ask at once, then every 5 s, one question at a time', () => {
  const broken = follow(['opening', 0], ['heard', 0], ['broken', 1_000]);
  const asking = after(broken, 'asking', 1_000);

  assert.equal(isDue(broken, 1_000).poll, true);
  assert.equal(isDue(asking, 5_999).poll, false);
  assert.equal(isDue(asking, 6_000).poll, true);
  assert.equal(isDue(after(asking, 'broken', 3_000), 5_999).poll, false, 'also while the browser fails to open it');
});

test('answers to questions do not keep a refused stream from being opened again', () => {
  let connection = follow(['opening', 0], ['refused', 0]);
  assert.equal(isDue(connection, 1_999).open, false);
  for (const atMs of [0, 500, 1_000, 1_500]) connection = after(connection, 'answered', atMs);

  assert.equal(connection.way, 'poll');
  assert.equal(isDue(connection, 2_000).open, true);
});

test('each further refusal doubles the wait, up to 30 s, and one sign of life forgets them', () => {
  const waits = (random: () => number): number[] => {
    let connection = newConnection(0);
    return Array.from({ length: 6 }, () => {
      connection = after(after(connection, 'opening', 0), 'refused', 0, random);
      return connection.openAtMs;
    });
  };

  assert.deepEqual(
    waits(() => 1),
    [2_000, 4_000, 8_000, 16_000, 30_000, 30_000],
  );
  assert.deepEqual(
    waits(() => 0),
    [2_000, 2_000, 4_000, 8_000, 15_000, 15_000],
  );
  assert.equal(after(follow(['refused', 0]), 'heard', 0).refusals, 0);
});

test('a server that is down is asked less and less often, at most 20 times in 60 s, and after an answer as before', () => {
  for (const random of [() => 0, () => 0.5, () => 1]) {
    let connection = newConnection(0);
    let asked = 0;
    for (let atMs = 0; atMs <= 60_000; atMs += 1_000) {
      const due = isDue(connection, atMs);
      if (due.open) {
        connection = after(after(connection, 'opening', atMs), 'refused', atMs, random);
        asked += 1;
      }
      if (due.poll) {
        connection = after(after(connection, 'asking', atMs), 'unanswered', atMs, random);
        asked += 1;
      }
    }
    assert.ok(asked <= 20, `${asked} requests`);
    assert.equal(after(connection, 'answered', 61_000).pollAtMs, 66_000);
  }
});

test('an answer after a silent stream is told as asked for, until the stream speaks again', () => {
  const asked = follow(['opening', 0], ['heard', 0], ['answered', 15_000]);

  assert.equal(asked.way, 'poll');
  assert.equal(after(asked, 'heard', 16_000).way, 'stream');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, isDue, newConnection, type Connection, type ConnectionEvent } from './connection.ts';

const follow = (...steps: readonly (readonly [ConnectionEvent, number])[]): Connection =>
  steps.reduce((connection, [event, atMs]) => after(connection, event, atMs), newConnection(0));

test('a new connection opens the stream and polls at once', () => {
  assert.deepEqual(isDue(newConnection(0), 0), { poll: true, open: true });
});

test('nothing is polled while the stream delivers', () => {
  const connection = follow(
    ['opening', 0],
    ['polling', 0],
    ['received', 100],
    ['poll-succeeded', 200],
    ['received', 10_000],
  );

  assert.equal(connection.mode, 'stream');
  assert.deepEqual(isDue(connection, 24_999), { poll: false, open: false });
});

test('a silent stream is backed by polling after 15 s and reopened after 30 s', () => {
  const connection = follow(['opening', 0], ['received', 0]);

  assert.deepEqual(isDue(connection, 15_000), { poll: true, open: false });
  assert.deepEqual(isDue(connection, 30_000), { poll: true, open: true });
});

test('an interrupted stream makes the page poll at once, then every 5 s, one request at a time', () => {
  const broken = follow(['opening', 0], ['received', 0], ['interrupted', 1_000]);
  const polling = after(broken, 'polling', 1_000);

  assert.equal(isDue(broken, 1_000).poll, true);
  assert.equal(isDue(polling, 5_999).poll, false);
  assert.equal(isDue(polling, 6_000).poll, true);
  assert.equal(
    isDue(after(polling, 'interrupted', 3_000), 5_999).poll,
    false,
    'even while the browser fails to reconnect',
  );
});

test('successful polls don’t delay reopening a refused stream', () => {
  let connection = follow(['opening', 0], ['refused', 0]);
  assert.equal(isDue(connection, 1_999).open, false);
  for (const atMs of [0, 500, 1_000, 1_500]) connection = after(connection, 'poll-succeeded', atMs);

  assert.equal(connection.mode, 'poll');
  assert.equal(isDue(connection, 2_000).open, true);
});

test('each further refusal doubles the delay, up to 30 s, and one message resets it', () => {
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
  assert.equal(after(follow(['refused', 0]), 'received', 0).refusals, 0);
});

test('requests to a server that is down back off to at most 20 in 60 s, until one succeeds', () => {
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
        connection = after(after(connection, 'polling', atMs), 'poll-failed', atMs, random);
        asked += 1;
      }
    }
    assert.ok(asked <= 20, `${asked} requests`);
    assert.equal(after(connection, 'poll-succeeded', 61_000).pollAtMs, 66_000);
  }
});

test('a poll after a silent stream switches to polling, until the stream delivers again', () => {
  const asked = follow(['opening', 0], ['received', 0], ['poll-succeeded', 15_000]);

  assert.equal(asked.mode, 'poll');
  assert.equal(after(asked, 'received', 16_000).mode, 'stream');
});

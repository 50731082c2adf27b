import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigView } from '../../../src/contract.ts';
import { patchOf } from '../../actions/settings-actions.ts';
import { changeLine } from '../../words/setting-words.ts';
import { conflictsOf, readDraft, readNumber, rebased, type Draft } from './draft.ts';

const calls = { min: 1, max: 1_000, unit: 'calls', default: 5, applies: 'now' } as const;
const ms = { min: 10, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 60_000, applies: 'now' } as const;

function config(revision: number, failureThreshold: number): ConfigView {
  return {
    revision,
    etag: `"c-${revision}"`,
    saved_at: null,
    author_name: null,
    reason: null,
    auto_revert_at: null,
    persisted: 'file',
    drift: [],
    members: [
      {
        id: 'reads.database',
        name: 'database',
        kind: 'circuit-breaker',
        values: { failureThreshold, resetTimeoutMs: 30_000 },
        code: { failureThreshold: 5, resetTimeoutMs: 30_000 },
        spec: { failureThreshold: calls, resetTimeoutMs: ms },
      },
    ],
  };
}

const draft: Draft = {
  revision: 1,
  entries: [
    { member: 'reads.database', setting: 'failureThreshold', text: '8', base: 6 },
    { member: 'reads.database', setting: 'resetTimeoutMs', text: '1,500', base: 30_000 },
  ],
};

test('numbers may have separators; a problem states what is expected', () => {
  assert.deepEqual(readNumber(' 1,500 ', ms), { value: 1_500 });
  assert.deepEqual(readNumber('soon', ms), { problem: 'Enter a number of at least 10 ms.' });
  assert.deepEqual(readNumber('', calls), { problem: 'Enter a whole number from 1 to 1,000.' });
  assert.deepEqual(readNumber('0', calls), { problem: 'Must be from 1 to 1,000.' });
  assert.deepEqual(readNumber('2.5', calls), { problem: 'Enter a whole number from 1 to 1,000.' });
  assert.deepEqual(readNumber('-5', ms), { problem: 'Must be at least 10 ms.' });
  const ratio = { ...calls, min: 0, max: 1, unit: 'ratio' };
  assert.deepEqual(readNumber('1.5', ratio), { problem: 'Must be from 0 to 1.' });
});

test('a draft becomes a patch of the differences; null restores the code default', () => {
  const { changes, problems } = readDraft(draft, config(1, 6));
  const back = readDraft(
    { ...draft, entries: [{ member: 'reads.database', setting: 'failureThreshold', text: null, base: 6 }] },
    config(1, 6),
  );
  const none = readDraft(
    { ...draft, entries: [{ member: 'reads.database', setting: 'failureThreshold', text: '6', base: 6 }] },
    config(1, 6),
  );

  assert.equal(problems.size, 0);
  assert.deepEqual(patchOf(changes), { 'reads.database': { failureThreshold: 8, resetTimeoutMs: 1_500 } });
  assert.deepEqual(
    changes.map((change) => changeLine(change, config(1, 6).members)),
    ['database: Consecutive failures to open 6 → 8', 'database: Reset timeout 30 s → 1.5 s'],
  );
  assert.deepEqual(patchOf(back.changes), { 'reads.database': { failureThreshold: null } });
  assert.deepEqual(patchOf(none.changes), {});
});

test('a setting saved by others is a conflict only if it is in the draft, and the draft is never lost', () => {
  const theirs = config(2, 7);

  assert.deepEqual(conflictsOf(draft, config(1, 6)), []);
  assert.deepEqual(
    conflictsOf(draft, theirs).map(({ name, theirs: saved, entry }) => [name, entry.base, saved, entry.text]),
    [['database: Consecutive failures to open', 6, 7, '8']],
  );
  const mine = rebased(draft, theirs);
  assert.deepEqual(
    [mine.revision, mine.entries.map(({ base, text }) => [base, text])],
    [
      2,
      [
        [7, '8'],
        [30_000, '1,500'],
      ],
    ],
  );
  assert.deepEqual(conflictsOf(mine, theirs), []);
  const [given] = draft.entries;
  assert.ok(given !== undefined);
  assert.deepEqual(
    rebased(draft, theirs, [given]).entries.map(({ setting }) => setting),
    ['resetTimeoutMs'],
  );
});

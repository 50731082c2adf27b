import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IncidentDetail, TimelineEntry } from '../../../src/contract.ts';
import { suspectsOf } from './incident-words.ts';

const opened = Date.UTC(2026, 10, 23, 17);
const entry = (kind: TimelineEntry['kind'], seconds: number, text: string): TimelineEntry => ({
  at: new Date(opened + seconds * 1_000).toISOString(),
  kind,
  target: 'reads.database',
  text,
  actor: null,
  correlation_id: null,
});

test('of what people changed the latest counts, of what failed the first; people come first, afterwards nothing counts', () => {
  const incident = {
    opened_at: new Date(opened).toISOString(),
    timeline: [
      entry('config', -300, 'older settings'),
      entry('config', -60, 'newer settings'),
      entry('operation', -4, 'up to down'),
      entry('operation', -2, 'restarting to down'),
      entry('error', -1, 'first ECONNREFUSED'),
      entry('transition', 0, 'closed to open'),
      entry('order', 30, 'somebody acts'),
    ],
  } as unknown as IncidentDetail;

  assert.deepEqual(
    suspectsOf(incident).map(({ text, beforeMs }) => [text, beforeMs]),
    [
      ['newer settings', 60_000],
      ['up to down', 4_000],
      ['first ECONNREFUSED', 1_000],
    ],
  );
});

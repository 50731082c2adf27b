import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlanDefaults } from '../../contract/planning.ts';
import { changedTimes, newDraft, previewRequest, toggledDay } from './plan-draft.ts';

const defaults: PlanDefaults = {
  today: '2026-03-08',
  student: { id: 's', name: 'Zoé Roy', instructor_id: null },
  enrolments: [
    {
      id: 'e',
      kind: 'bde',
      course_started_on: '2026-03-02',
      deadline_on: '2027-03-01',
      required_minutes: 600,
      booked_minutes: 90,
    },
  ],
  lesson_minutes: 60,
  wishes: [],
  location_id: 'o',
  locations: [{ id: 'o', name: 'Main' }],
  instructors: [],
  vehicles: [],
};

test('a new draft has as many lessons as the course still needs, from today', () => {
  const draft = newDraft(defaults);

  assert.deepEqual([draft.lessons, draft.from, draft.minutes, draft.wishes], ['9', '2026-03-08', '60', []]);
  assert.equal(previewRequest(draft, []), undefined, 'a day of the week is missing');
});

test('one chip is enough for a preview, and a second day begins with the times of the first', () => {
  const monday = changedTimes(toggledDay(newDraft(defaults), 1), 1, { from: '16:00' });
  const both = toggledDay(monday, 3);

  assert.deepEqual(both.wishes, [
    { weekday: 1, from: '16:00', to: '20:00' },
    { weekday: 3, from: '16:00', to: '20:00' },
  ]);
  assert.deepEqual(toggledDay(both, 1).wishes, [{ weekday: 3, from: '16:00', to: '20:00' }]);
  assert.deepEqual(previewRequest(both, []), {
    enrolment_id: 'e',
    wishes: both.wishes,
    lesson_minutes: 60,
    lessons: 9,
    from: '2026-03-08',
    location_id: 'o',
  });
});

test('no preview is requested for times in the wrong order or a number that is none', () => {
  const draft = toggledDay(newDraft(defaults), 1);

  assert.equal(previewRequest(changedTimes(draft, 1, { to: '14:00' }), []), undefined);
  assert.equal(previewRequest({ ...draft, lessons: '2.5' }, []), undefined);
});

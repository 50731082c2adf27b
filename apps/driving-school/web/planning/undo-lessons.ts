import { notify } from '@dualbrake/kit';
import type { Lesson } from '../../contract/lessons.ts';
import { api, newIdempotencyKey } from '../api.ts';
import { failureOf } from '../failure.ts';
import { lessonsText } from './slot-text.ts';

/** Takes back lessons that have just been booked, and says how it went. */
export async function undoLessons(lessons: readonly Pick<Lesson, 'id' | 'version'>[]): Promise<void> {
  let undone = 0;
  try {
    for (const { id, version } of lessons) {
      await api.undoLesson(id, { version, idempotencyKey: newIdempotencyKey() });
      undone += 1;
    }
    notify(lessons.length === 1 ? 'The booking was undone.' : `The booking of ${lessonsText(undone)} was undone.`);
  } catch (error) {
    const some = undone === 0 ? '' : ` ${undone} of ${lessonsText(lessons.length)} were undone.`;
    notify(`${failureOf(error).detail}${some}`, { tone: 'danger' });
  }
}

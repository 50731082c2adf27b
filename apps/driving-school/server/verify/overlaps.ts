import { overlappingClaims } from '../calendar/calendar.ts';
import { lessonCodes, overlappingLessons } from '../lessons/lessons.ts';
import type { Check, Finding } from './check.ts';

/**
 * Nobody and nothing is in two places at once. Judged twice, from the claims and from the lessons; a pair that both find
 * counts once.
 */
export const overlaps: Check = {
  name: 'overlaps',
  rule: 'No instructor, car or student is booked twice at the same time, buffers included.',
  advice: 'Move or cancel one of the two lessons in the calendar.',
  async run({ database }) {
    const found = new Map<string, Finding>();
    const add = (resourceId: string, ids: readonly [string, string], text: string): void => {
      const key = [resourceId, ...ids.toSorted()].join(' ');
      if (!found.has(key)) found.set(key, { text, ids });
    };
    for (const pair of await overlappingLessons(database)) {
      const { resource_kind: kind, resource_id: resourceId, source_id: id, other_id: otherId } = pair;
      add(resourceId, [id, otherId], `Lessons ${pair.short_code} and ${pair.other_code} overlap for the same ${kind}.`);
    }
    const claims = await overlappingClaims(database);
    const codes = await lessonCodes(
      database,
      claims.flatMap(({ source_id, other_id }) => [source_id, other_id]),
    );
    const nameOf = (kind: string, id: string): string => `${kind.replace('_', ' ')} ${codes.get(id) ?? id}`;
    for (const pair of claims) {
      const { resource_kind: kind, resource_id: resourceId, source_id: id, other_id: otherId } = pair;
      const text = `The claims of ${nameOf(pair.source_kind, id)} and ${nameOf(pair.other_kind, otherId)} overlap for the same ${kind}.`;
      add(resourceId, [id, otherId], text);
    }
    return [...found.values()];
  },
};

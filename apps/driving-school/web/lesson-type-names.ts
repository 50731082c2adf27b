import type { LessonType } from '../contract/booking/world.ts';

/** The word for each type of lesson on every page. */
export const lessonTypeNames: Readonly<Record<LessonType, string>> = {
  bde_in_vehicle: 'BDE lesson',
  private: 'Private lesson',
  road_test: 'Road test',
};

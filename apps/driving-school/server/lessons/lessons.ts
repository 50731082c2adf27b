export { loadWorld } from './booking-world.ts';
export { type FeedLesson, feedLessons } from './feed-lessons.ts';
export { type FindableLessons, type LessonHit, lessonsByCode, nextLessonsOf } from './found-lessons.ts';
export { type FutureLesson, futureLessons } from './future-lessons.ts';
export { lessonHooks } from './lesson-hooks.ts';
export {
  type ComingLesson,
  comingLessons,
  expectedLessonClaims,
  lessonCodes,
  type LessonOverlap,
  overlappingLessons,
} from './lesson-findings.ts';

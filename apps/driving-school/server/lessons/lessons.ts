export { loadWorld } from './booking-world.ts';
export { type FutureLesson, futureLessons } from './future-lessons.ts';
export { lessonHooks } from './lesson-hooks.ts';
export { minutesBefore, scheduledLessons, type ScheduledQuery } from './scheduled-lessons.ts';
export { minutesOfEnrolments, nextLessons, roadTestsToDecide } from './attention-lessons.ts';

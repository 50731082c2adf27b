export { loadWorld } from './booking-world.ts';
export { lessonHooks } from './lesson-hooks.ts';
export { lessonsChangedSince, minutesBefore, scheduledLessons, type ScheduledQuery } from './scheduled-lessons.ts';

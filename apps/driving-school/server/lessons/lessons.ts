export { loadWorld } from './booking-world.ts';
export { type FeedLesson, feedLessons } from './feed-lessons.ts';
export { lessonHooks } from './lesson-hooks.ts';

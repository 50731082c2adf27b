export { loadWorld } from './booking-world.ts';
export { lessonHooks } from './lesson-hooks.ts';

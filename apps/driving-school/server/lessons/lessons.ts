export { loadWorld } from './booking-world.ts';
export { lessonHooks } from './lesson-hooks.ts';
export { registerPlanning } from './plan-routes.ts';
export { createPlanning } from './planning.ts';

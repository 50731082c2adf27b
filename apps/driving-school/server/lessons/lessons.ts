export { loadWorld } from './booking-world.ts';
export { lessonHooks } from './lesson-hooks.ts';
export { enrolmentLessons, studentLessons } from './student-lessons-facts.ts';
export { createStudentLessons, registerStudentLessons } from './student-lessons-routes.ts';
export type { StudentLessonLister } from './student-lessons-list.ts';

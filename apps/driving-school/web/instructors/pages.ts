import { definePage } from '../platform/define-page.ts';

const office = ['owner', 'office'] as const;

export const instructorListPage = definePage({
  path: '/instructors',
  title: 'Instructors',
  access: office,
  navigation: { icon: 'wheel' },
  view: async () => (await import('./instructor-list-page.tsx')).InstructorListPage,
});

export const instructorPage = definePage({
  path: '/instructors/:instructorId',
  title: 'Instructor',
  access: office,
  view: async () => (await import('./instructor-page.tsx')).InstructorPage,
});

/** What the school has recorded about the instructor who is signed in. Read-only: the office changes it. */
export const ownInstructorPage = definePage({
  path: '/instructors/me',
  title: 'My hours',
  access: ['instructor'],
  navigation: { icon: 'clock' },
  view: async () => (await import('./own-instructor-page.tsx')).OwnInstructorPage,
});

export const instructorPages = [instructorListPage, instructorPage, ownInstructorPage];

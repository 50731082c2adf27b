import { definePage } from '../platform/define-page.ts';

const office = ['owner', 'office'] as const;
const readers = ['owner', 'office', 'instructor'] as const;

export const studentListPage = definePage({
  path: '/students',
  title: 'Students',
  access: readers,
  navigation: { icon: 'student' },
  view: async () => (await import('./student-list-page.tsx')).StudentListPage,
});

export const studentNewPage = definePage({
  path: '/students/new',
  title: 'New student',
  access: office,
  view: async () => (await import('./student-new-page.tsx')).StudentNewPage,
});

export const studentImportPage = definePage({
  path: '/students/import',
  title: 'Import students',
  access: office,
  view: async () => (await import('./student-import-page.tsx')).StudentImportPage,
});

export const studentPage = definePage({
  path: '/students/:studentId',
  title: 'Student',
  access: readers,
  view: async () => (await import('./student-page.tsx')).StudentPage,
});

export const studentEditPage = definePage({
  path: '/students/:studentId/edit',
  title: 'Edit student',
  access: office,
  view: async () => (await import('./student-edit-page.tsx')).StudentEditPage,
});

export const studentPages = [studentListPage, studentNewPage, studentImportPage, studentPage, studentEditPage];

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Role, roles } from '../contract/session.ts';
import { pages, sections } from './pages.ts';
import { findPage, navigationItems } from './platform/router.ts';
import { studentEditPage, studentListPage, studentPage } from './students/pages.ts';

/** The address of a page, with `a-1` for each parameter. */
const addressOf = (path: string): string => path.replaceAll(/:\w+/g, 'a-1');

const everyone = ['/account', '/sign-in', '/welcome'];
const sheets = ['/day-sheet', '/day-sheet/:date'];
const planning = ['/students/:studentId/book', '/students/:studentId/plan'];
const office = [
  '/',
  '/calendar',
  '/students',
  '/students/new',
  '/students/import',
  '/students/:studentId',
  '/students/:studentId/edit',
  ...planning,
];
const instructorOffice = ['/instructors', '/instructors/:instructorId', '/compliance'];
const places = [
  '/vehicles',
  '/vehicles/new',
  '/vehicles/:vehicleId',
  '/vehicles/:vehicleId/edit',
  '/settings',
  '/settings/locations',
  '/settings/closed-days',
  '/settings/rules',
  '/settings/courses',
];
const pathsByRole: Readonly<Record<Role, readonly string[]>> = {
  owner: [...office, ...sheets, ...instructorOffice, ...places, '/people', '/audit', ...everyone],
  office: [...office, ...sheets, ...instructorOffice, ...places, ...everyone],
  instructor: [
    '/',
    '/calendar',
    ...sheets,
    '/students',
    '/students/:studentId',
    '/instructors/me',
    '/vehicles',
    '/vehicles/:vehicleId',
    ...everyone,
  ],
  operator: ['/', ...everyone],
};

for (const role of roles) {
  test(`a user with the role ${role} can open the pages of that role and no others`, () => {
    const opened = pages.flatMap((page) => {
      const route = findPage(pages, addressOf(page.path), role);
      return typeof route === 'object' && route.page === page ? [page.path] : [];
    });
    const refused = pages.filter(({ path }) => findPage(pages, addressOf(path), role) === 'no-access');

    assert.deepEqual(opened.toSorted(), pathsByRole[role].toSorted());
    assert.deepEqual(
      new Set([...opened, ...refused.map(({ path }) => path)]),
      new Set(pages.map(({ path }) => path)),
      'a page is either shown or refused',
    );
  });

  test(`the navigation of the role ${role} links to pages that the role can open`, () => {
    for (const { href } of navigationItems(sections, role)) assert.ok(pathsByRole[role].includes(href), href);
  });
}

test('without a session only sign-in and welcome can be opened', () => {
  const opened = pages.filter(({ path }) => typeof findPage(pages, addressOf(path), undefined) === 'object');
  assert.deepEqual(
    opened.map(({ path }) => path),
    ['/sign-in', '/welcome'],
  );
});

test('the server serves every declared address', async () => {
  // By URL, because the type check of the pages does not include the server.
  const server: unknown = await import(new URL('../server/routes.ts', import.meta.url).href);
  const { pagePaths } = server as { readonly pagePaths: readonly string[] };
  const withoutNames = (paths: readonly string[]): string[] => paths.map((path) => path.replaceAll(/:\w+/g, ':'));
  const declared = pages.map(({ path }) => path);

  assert.deepEqual(new Set(withoutNames(declared)), new Set(withoutNames(pagePaths)));
});

test('every page has a different title', () => {
  assert.equal(new Set(pages.map(({ title }) => title)).size, pages.length);
});

test('the navigation marks the page that is open, or its section', () => {
  const marks = (shown: Parameters<typeof navigationItems>[2]) =>
    navigationItems(sections, 'owner', shown).map(({ label, current }) => [label, current]);

  assert.deepEqual(marks(studentListPage), [
    ['Today', undefined],
    ['Calendar', undefined],
    ['Day sheet', undefined],
    ['Students', 'page'],
    ['Instructors', undefined],
    ['Expiring soon', undefined],
    ['Cars', undefined],
    ['Settings', undefined],
    ['People', undefined],
    ['Audit log', undefined],
  ]);
  assert.deepEqual(marks(studentEditPage)[3], ['Students', 'section']);
});

test('addresses match with or without a trailing slash, and parameters are read', () => {
  const find = (address: string) => {
    const route = findPage(pages, address, 'owner');
    return typeof route === 'object' ? [route.page.path, route.parameters] : route;
  };

  assert.deepEqual(find('/students/'), ['/students', {}]);
  assert.deepEqual(find('/students/018f-a1/edit/'), ['/students/:studentId/edit', { studentId: '018f-a1' }]);
  assert.equal(find('/nowhere'), 'not-found');
  assert.equal(find('/students/a/b/c'), 'not-found');
});

test('links are built from the path', () => {
  assert.equal(studentPage.href({ studentId: '018f-a1' }), '/students/018f-a1');
  assert.equal(studentListPage.href(), '/students');
  // @ts-expect-error: the parameter is missing
  studentEditPage.href({});
});

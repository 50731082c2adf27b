import { type Backups, registerBackups } from './backup/backup.ts';
import { mountConsole } from './console/mount-console.ts';
import type { SchoolConsole } from './console/school-console.ts';
import { registerAudit } from './platform/audit/audit-routes.ts';
import type { Auth } from './platform/auth/auth.ts';
import type { ApplicationDatabase } from './platform/database/database.ts';
import type { HttpServer } from './platform/http/http.ts';
import { registerPages } from './platform/http/pages.ts';
import type { Policies } from './policies.ts';
import { registerSchool, type School } from './school.ts';

/** The dependencies of the routes. */
export interface RouteParts {
  readonly database: Pick<ApplicationDatabase, 'kysely'>;
  readonly auth: Auth;
  readonly school: School;
  readonly policies: Policies;
  readonly console: SchoolConsole;
  readonly backups: Backups;
  /** The built pages. */
  readonly pagesDirectory: string;
}

/** The paths of all pages. A test compares them with `web/<slice>/pages.ts`. */
export const pagePaths = [
  '/',
  '/calendar',
  '/students',
  '/students/new',
  '/students/import',
  '/students/:student_id',
  '/students/:student_id/edit',
  '/instructors',
  '/instructors/me',
  '/instructors/:instructor_id',
  '/compliance',
  '/people',
  '/account',
  '/audit',
  '/sign-in',
  '/welcome',
];

/** Registers every route. `routes.test.ts` lists their access rules. */
export function registerRoutes(app: HttpServer, parts: RouteParts): void {
  const { database, auth, school, policies, console, backups, pagesDirectory } = parts;
  // A plugin loads after the API documentation, which omits routes registered before it.
  void app.register(async (inner) => {
    auth.registerRoutes(inner);
    registerAudit(inner, { database, reading: policies.databaseRead });
    registerBackups(inner, { backups, token: console.token });
  });
  registerSchool(app, school, { policies });
  mountConsole(app, console);
  registerPages(app, { directory: pagesDirectory, paths: pagePaths });
}

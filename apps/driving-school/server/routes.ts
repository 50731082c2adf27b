import type { Registry } from 'dualbrake';
import { mountConsole } from './mount-console.ts';
import type { Auth } from './platform/auth/auth.ts';
import type { ApplicationDatabase } from './platform/database/database.ts';
import type { HttpServer } from './platform/http/http.ts';
import { registerPages } from './platform/http/pages.ts';
import type { Log } from './platform/logs/log.ts';
import type { Policies } from './policies.ts';
import { registerStudents, type Students } from './students/students.ts';

/** What the routes stand on. */
export interface RouteParts {
  readonly auth: Auth;
  readonly students: Students;
  readonly policies: Policies;
  readonly database: ApplicationDatabase;
  readonly registry: Registry;
  readonly log: Log;
  /** Shown on the console, such as `demo`. */
  readonly environment: string;
  /** The built pages. */
  readonly pagesDirectory: string;
}

/** Addresses that are pages; `web/routes.ts` decides what each shows. */
const pagePaths = [
  '/',
  '/students',
  '/students/new',
  '/students/import',
  '/students/:student_id',
  '/students/:student_id/edit',
  '/people',
  '/sign-in',
  '/welcome',
];

/** Every route of the application. Who may call which is a table in `routes.test.ts`. */
export function registerRoutes(app: HttpServer, parts: RouteParts): void {
  const { auth, students, policies, database, registry, log, environment, pagesDirectory } = parts;
  auth.registerRoutes(app);
  registerStudents(app, { students: students.service, policies });
  mountConsole(app, { registry, database, identity: auth.identity, log, environment });
  registerPages(app, { directory: pagesDirectory, paths: pagePaths });
}

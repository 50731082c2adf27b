import type { HttpServer } from '../platform/http/http.ts';
import { mount } from '../platform/http/mount.ts';
import { consolePath, type SchoolConsole } from './school-console.ts';

/** The console's own sessions, of sign-ins with the operator's token. */
const consoleCookies = ['console_token', '__Secure-console_token'];

/**
 * Mounts the console. Its routes have access `anyone`, because the console checks permissions itself. The user is
 * identified before the body is read.
 */
export function mountConsole(app: HttpServer, { console, users }: SchoolConsole): void {
  const recognize = users.recognize.bind(users);
  const require = users.require.bind(users);
  mount(app, {
    handler: console,
    cookies: consoleCookies,
    routes: [
      { path: consolePath, methods: ['GET'], access: 'anyone', onRequest: recognize },
      { path: `${consolePath}/*`, methods: ['GET'], access: 'anyone', onRequest: recognize },
      // Without identification: signing in and out must work while the database is unavailable.
      { path: `${consolePath}/sign-in`, methods: ['GET', 'POST'], access: 'anyone', acceptsForms: true },
      { path: `${consolePath}/sign-out`, methods: ['POST'], access: 'anyone', acceptsForms: true },
      {
        path: `${consolePath}/plain/*`,
        methods: ['GET', 'POST'],
        access: 'anyone',
        acceptsForms: true,
        onRequest: recognize,
      },
      {
        path: `${consolePath}/api/*`,
        methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
        access: 'anyone',
        background: true,
        onRequest: require,
      },
    ],
  });
}

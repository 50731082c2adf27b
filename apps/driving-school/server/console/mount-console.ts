import type { HttpServer } from '../platform/http/http.ts';
import { mount } from '../platform/http/mount.ts';
import { consolePath, type SchoolConsole } from './school-console.ts';

/** Sessions of the operator's token, which the console opens and reads itself. */
const consoleCookies = ['console_token', '__Secure-console_token'];

/**
 * Mounts the console. Its routes are `anyone`'s to the application, because the console decides itself, permission by
 * permission; who it is that asks is found out before the body is read.
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
      // Nobody is asked who they are: signing in and out must work while nobody can tell.
      { path: `${consolePath}/sign-in`, methods: ['GET', 'POST'], access: 'anyone', takesForms: true },
      { path: `${consolePath}/sign-out`, methods: ['POST'], access: 'anyone', takesForms: true },
      {
        path: `${consolePath}/plain/*`,
        methods: ['GET', 'POST'],
        access: 'anyone',
        takesForms: true,
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

import secureSession, { type Session } from '@fastify/secure-session';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** A cookie that only this server can read and write. */
export interface SealedCookie {
  /** Such as `school_session`; behind https browsers keep it as `__Host-school_session`. */
  readonly name: string;
  /** 32 bytes. */
  readonly key: Buffer;
  readonly maxAgeMs: number;
}

/**
 * Registers sealed cookies. Each comes in two forms: behind https `__Host-name`, which no other name of the domain and
 * no plain connection can set; over plain HTTP, as on this machine itself, `name`, because browsers refuse the prefix
 * there. Which of them counts is decided by how the request came.
 */
export async function registerSealedCookies(app: FastifyInstance, cookies: readonly SealedCookie[]): Promise<void> {
  const forms = cookies.flatMap((cookie) => [optionsOf(cookie, false), optionsOf(cookie, true)]);
  // The library takes several; its types ask for at least one.
  const [first, ...others] = forms;
  if (first !== undefined) await app.register(secureSession, [first, ...others]);
}

function optionsOf({ name, key, maxAgeMs }: SealedCookie, overHttps: boolean) {
  return {
    sessionName: memberOf(name, overHttps),
    cookieName: overHttps ? `__Host-${name}` : name,
    key,
    expiry: maxAgeMs / 1_000,
    cookie: {
      path: '/',
      httpOnly: true,
      // A page that was reached from elsewhere still asks its own server for data itself, so Strict costs nothing.
      sameSite: 'strict' as const,
      secure: overHttps,
      maxAge: maxAgeMs / 1_000,
    },
  };
}

/**
 * The content of a sealed cookie, in the form that counts for this request.
 *
 * @param name as it was registered
 */
export function sealedCookie(request: FastifyRequest, name: string): Session {
  return request.getDecorator<Session>(memberOf(name, request.protocol === 'https'));
}

/** Counts the age of a sealed cookie from now on. */
export function renewSealedCookie(cookie: Session): void {
  // The library's own mark, which it keeps through everything else.
  cookie.set('__ts' as never, Math.round(Date.now() / 1_000) as never);
}

/** Removes a sealed cookie from the browser, in both forms. */
export function dropSealedCookie(request: FastifyRequest, name: string): void {
  sealedCookie(request, name).delete();
  // A plain one may be left from before the site had https.
  if (request.protocol === 'https' && request.cookies[name] !== undefined)
    request.getDecorator<Session>(memberOf(name, false)).delete();
}

/** Where the library puts the content on the request. */
function memberOf(name: string, overHttps: boolean): string {
  return overHttps ? `sealed_host_${name}` : `sealed_${name}`;
}

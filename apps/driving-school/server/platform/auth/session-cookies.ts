import secureSession, { type Session } from '@fastify/secure-session';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** An encrypted cookie. */
export interface SealedCookie {
  /** Such as `school_session`; with https the cookie is called `__Host-school_session`. */
  readonly name: string;
  /** 32 bytes. */
  readonly key: Buffer;
  readonly maxAgeMs: number;
}

/**
 * Registers sealed cookies. Each has two forms, depending on the protocol of the request: `__Host-name` with https, which
 * no other subdomain and no plain connection can set; `name` with plain HTTP, where browsers refuse the prefix.
 */
export async function registerSealedCookies(app: FastifyInstance, cookies: readonly SealedCookie[]): Promise<void> {
  const forms = cookies.flatMap((cookie) => [optionsOf(cookie, false), optionsOf(cookie, true)]);
  // The library's types require at least one.
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
      // Strict has no drawback, because pages load their data by requests of their own.
      sameSite: 'strict' as const,
      secure: overHttps,
      maxAge: maxAgeMs / 1_000,
    },
  };
}

/**
 * The content of a sealed cookie, in the form that matches the protocol of the request.
 *
 * @param name as registered
 */
export function sealedCookie(request: FastifyRequest, name: string): Session {
  return request.getDecorator<Session>(memberOf(name, request.protocol === 'https'));
}

/** Restarts the lifetime of a sealed cookie. */
export function renewSealedCookie(cookie: Session): void {
  // The library's own member, which it keeps unchanged otherwise.
  cookie.set('__ts' as never, Math.round(Date.now() / 1_000) as never);
}

/** Removes a sealed cookie from the browser, in both forms. */
export function dropSealedCookie(request: FastifyRequest, name: string): void {
  sealedCookie(request, name).delete();
  // A plain one may remain from before the site had https.
  if (request.protocol === 'https' && request.cookies[name] !== undefined)
    request.getDecorator<Session>(memberOf(name, false)).delete();
}

/** The library's decorator of the request. */
function memberOf(name: string, overHttps: boolean): string {
  return overHttps ? `sealed_host_${name}` : `sealed_${name}`;
}

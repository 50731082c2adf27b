import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ControlPlane } from '../control/create-control-plane.ts';
import { readForm } from '../http/body.ts';
import { checkOrigin } from '../http/guard.ts';
import { correlationIdOf } from '../http/problem.ts';
import type { ConsoleOptions, ConsoleUser, TokenSignInOptions } from '../options.ts';
import { pageResponse } from '../plain/document.ts';
import { methodNotAllowed } from '../problem.ts';
import { signInPage } from './sign-in-page.ts';
import { SESSION_MS, TokenSessions, type Ticket } from './token-sessions.ts';
import { TryLimits } from './try-limits.ts';

/** Shorter tokens are never accepted, because they could be guessed. */
const TOKEN_LENGTH_MIN = 32;
const COOKIE = 'console_token';

/** A session opened with the operator's token. */
export interface TokenSession {
  readonly user: ConsoleUser;
  readonly ticket: Ticket;
}

/** The user of a request before anybody is identified. */
export const stranger: ConsoleUser = { id: 'unknown', name: 'Unknown', role: 'viewer' };

/**
 * Sign-in with the operator's token on the console's own page, for when nobody can sign in to the application. Opens a
 * short session and depends on nothing outside of this process.
 */
export class TokenSignIn {
  readonly #options: TokenSignInOptions;
  readonly #console: ConsoleOptions;
  readonly #plane: ControlPlane;
  readonly #base: string;
  readonly #sessions: TokenSessions;
  readonly #limits = new TryLimits();
  #lastToken: string | undefined;

  /** @param base where the console is mounted */
  constructor(options: TokenSignInOptions, console: ConsoleOptions, plane: ControlPlane, base: string) {
    this.#options = options;
    this.#console = console;
    this.#plane = plane;
    this.#base = base;
    const secret = options.key === undefined ? randomBytes(32) : Buffer.from(options.key, 'utf8');
    this.#sessions = new TokenSessions(secret, plane.store.endedSessions);
  }

  /** @param cookies the `Cookie` header @param isHttps whether the browser uses HTTPS */
  session(cookies: string | null | undefined, isHttps: boolean): TokenSession | undefined {
    const sealed = cookieOf(cookies ?? '', this.#cookieName(isHttps));
    const token = sealed === undefined ? undefined : this.#token();
    if (sealed === undefined || token === undefined) return undefined;
    const ticket = this.#sessions.read(token, sealed, this.#now());
    return ticket === undefined ? undefined : { ticket, user: this.#user(ticket) };
  }

  /** @returns a `Set-Cookie` that extends an active session; `undefined` if the last one is recent enough */
  renewal({ ticket }: TokenSession, isHttps: boolean): string | undefined {
    const token = this.#token();
    const now = this.#now();
    const sealed = token === undefined ? undefined : this.#sessions.renewed(token, ticket, now);
    return sealed === undefined ? undefined : this.#cookie(sealed, ticket.beganAt + SESSION_MS - now, isHttps);
  }

  /** Shows the page and handles its form. @throws Problem 403, 405, 413, 415 */
  async answer(request: Request): Promise<Response> {
    if (request.method === 'GET' || request.method === 'HEAD') {
      return this.#page(new URL(request.url).searchParams.get('next'), undefined);
    }
    if (request.method !== 'POST') throw methodNotAllowed('GET', 'POST');
    checkOrigin(request, stranger);
    const form = await readForm(request);
    const next = form.get('next');
    // No await from here on, so that simultaneous tries are counted one after the other.
    const now = this.#now();
    const token = this.#token();
    const address = this.#options.addressOf?.(request) ?? 'unknown';
    const waitMs = this.#limits.waitMs(address, now);
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1_000);
      const text = `Too many wrong tokens. Wait ${seconds} second${seconds === 1 ? '' : 's'}, then try again.`;
      return this.#page(next, text, 429, { 'retry-after': String(seconds) });
    }
    if (token === undefined || !isSame(form.get('token')?.trim() ?? '', token)) {
      this.#limits.failed(address, now);
      const caller = { user: undefined, correlationId: correlationIdOf(request) };
      this.#plane.audited.denied(caller, 'console.sign-in', '/sign-in', 'Wrong token.', { from: address });
      this.#log('console.denied', 'Sign-in with a wrong token', undefined, 'sign-in');
      return this.#page(next, 'That is not the operator’s token. Check the file and try again.', 401);
    }
    this.#limits.succeeded(address);
    const { user } = this.#options;
    const sealed = this.#sessions.begin(token, now);
    const caller = { user: this.#user(), correlationId: correlationIdOf(request) };
    this.#plane.audited.signedInOrOut(caller, 'console.sign-in', { from: address });
    this.#log('console.signed_in', 'Signed in with the operator’s token', user.id, 'sign-in');
    const headers = new Headers({ location: this.#within(next) });
    headers.append('set-cookie', this.#cookie(sealed, SESSION_MS, isSecure(request)));
    return new Response(null, { status: 303, headers });
  }

  /** Ends a session. @returns the `Set-Cookie` that removes the cookie */
  end(request: Request, { ticket, user }: TokenSession): string {
    this.#sessions.end(ticket);
    this.#plane.audited.signedInOrOut({ user, correlationId: correlationIdOf(request) }, 'console.sign-out', {});
    this.#log('console.signed_out', 'Signed out of the session of the operator’s token', user.id, 'sign-out');
    return this.#cookie('', 0, isSecure(request));
  }

  #page(
    next: string | null,
    problem: string | undefined,
    status = 200,
    headers: Readonly<Record<string, string>> = {},
  ): Response {
    const { application, signInPath = '/sign-in', canSignIn } = this.#console;
    const text = signInPage({
      action: `${this.#base}/sign-in`,
      next: this.#within(next),
      signInPath,
      application: application?.name ?? 'the application',
      canSignIn: canSignIn?.() ?? true,
      hint: this.#options.hint,
      problem,
    });
    return pageResponse(text, status, headers);
  }

  /** Prevents redirects to anything but pages of the console. */
  #within(next: string | null): string {
    const start = `${this.#base}/`;
    if (next === null || !next.startsWith(start) || !URL.canParse(next, 'http://console')) return start;
    const { origin, pathname, search } = new URL(next, 'http://console');
    return origin === 'http://console' && pathname.startsWith(start) ? pathname + search : start;
  }

  /** The current token. A new one has no failures. */
  #token(): string | undefined {
    const token = this.#options.token();
    if (token !== this.#lastToken) this.#limits.reset();
    this.#lastToken = token;
    return token === undefined || token.length < TOKEN_LENGTH_MIN ? undefined : token;
  }

  #user(ticket?: Ticket): ConsoleUser {
    const user: ConsoleUser = { ...this.#options.user, authentication: 'token-session' };
    return ticket === undefined ? user : { ...user, expiresAt: ticket.beganAt + SESSION_MS };
  }

  #cookie(value: string, forMs: number, secure: boolean): string {
    const parts = [
      `${this.#cookieName(secure)}=${value}`,
      `Path=${this.#base === '' ? '/' : this.#base}`,
      `Max-Age=${Math.floor(forMs / 1_000)}`,
      'HttpOnly',
      'SameSite=Strict',
      ...(secure ? ['Secure'] : []),
    ];
    return parts.join('; ');
  }

  /** Browsers accept these prefixes over HTTPS only, and `__Host-` for the path `/` only. */
  #cookieName(secure: boolean): string {
    if (!secure) return COOKIE;
    return this.#base === '' ? `__Host-${COOKIE}` : `__Secure-${COOKIE}`;
  }

  #now(): number {
    return this.#plane.time.now();
  }

  #log(
    event: 'console.denied' | 'console.signed_in' | 'console.signed_out',
    message: string,
    actor: string | undefined,
    action: string,
  ): void {
    this.#plane.log({ event, message, actor, target: 'console', action, reason: undefined });
  }
}

/** Whether the browser uses HTTPS, according to the request's URL. */
export function isSecure(request: Request): boolean {
  return new URL(request.url).protocol === 'https:';
}

/** In constant time. */
function isSame(given: string, token: string): boolean {
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function cookieOf(header: string, name: string): string | undefined {
  const pair = header
    .split(';')
    .map((each) => each.trim())
    .find((each) => each.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

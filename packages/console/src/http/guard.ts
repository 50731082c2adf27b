import type { ConsoleUser } from '../options.ts';
import { roles, type Permission } from '../permissions.ts';
import { denialOf, type RoleNames } from '../role-names.ts';
import { Problem } from './problem.ts';

/** Whoever looks under another name has been led here by somebody else's. */
const loopback = ['localhost', '127.0.0.1', '[::1]'];

/** @throws Problem 421 */
export function checkHost(request: Request, allowed: readonly string[] | 'any' = loopback): void {
  if (allowed === 'any') return;
  const host = request.headers.get('host') ?? new URL(request.url).host;
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
  if (allowed.some((known) => known.toLowerCase() === name)) return;
  throw new Problem('unknown-host', 'Unknown host', 'This console isn’t served under that host name.');
}

/**
 * An order must come from the console's own page, or from a program with a token. Both of the browser's headers are
 * asked, because neither is sent everywhere.
 *
 * @throws Problem 403
 */
export function checkOrigin(request: Request, user: ConsoleUser): void {
  const site = request.headers.get('sec-fetch-site');
  const origin = request.headers.get('origin');
  const host = request.headers.get('host') ?? new URL(request.url).host;
  const isProgram = user.authentication === 'bearer';
  const isOwnSite = site === null || site === 'same-origin' || (site === 'none' && isProgram);
  const isOwnOrigin = origin === null || (URL.canParse(origin) && new URL(origin).host === host);
  const saysNothing = site === null && origin === null;
  if (isOwnSite && isOwnOrigin && (!saysNothing || isProgram)) return;
  throw new Problem('cross-site', 'Not allowed', 'Changes are accepted only from the console’s own pages.');
}

export function may(user: ConsoleUser, permission: Permission): boolean {
  const bundle: readonly Permission[] = roles[user.role] ?? [];
  return bundle.includes(permission) || (user.extraPermissions?.includes(permission) ?? false);
}

/** @throws Problem 403, saying who may */
export function checkPermission(user: ConsoleUser, permission: Permission, names?: RoleNames): void {
  if (!may(user, permission)) throw new Problem('permission', 'You don’t have access', denialOf(permission, names));
}

/** So many in a minute for each person; what was not used is not saved up. */
export class OrderRate {
  readonly #perMinute: number;
  readonly #used = new Map<string, { minute: number; count: number }>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** @throws Problem 429 */
  take(id: string, now: number): void {
    const minute = Math.floor(now / 60_000);
    const known = this.#used.get(id);
    const used = known?.minute === minute ? known : { minute, count: 0 };
    if (used.count >= this.#perMinute) {
      const seconds = String(Math.ceil(((minute + 1) * 60_000 - now) / 1_000));
      throw new Problem('too-many-orders', 'Too many requests', `Wait ${seconds} s before the next change.`, {
        headers: { 'retry-after': seconds },
      });
    }
    used.count += 1;
    this.#used.set(id, used);
    if (this.#used.size > 10_000) this.#used.delete(this.#used.keys().next().value ?? '');
  }
}

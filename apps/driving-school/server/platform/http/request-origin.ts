import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { readsOnly } from './problems.ts';

/** Loopback names. A page of another site can't have one of them as its host, whatever its DNS record is. */
const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];
/** Addresses for "listen on all"; no client uses them as the host. */
const anyAddress = new Set(['0.0.0.0', '::']);

/**
 * The host names that browsers may use. This prevents DNS rebinding: another site's name that resolves to this server,
 * so that the browser treats both as one origin.
 *
 * @param host the address to listen on
 * @param further more names, without port
 */
export function hostAllowList(host: string, further: readonly string[] = []): ReadonlySet<string> {
  const own = anyAddress.has(host) ? [] : [host];
  const names = [...own, ...further].map((name) => (name.includes(':') ? `[${name}]` : name).toLowerCase());
  return new Set([...loopbackNames, ...names]);
}

/** Whether the `Host` header names one of the allowed hosts, with any valid port. */
export function hostIsAllowed(header: string | undefined, allowed: ReadonlySet<string>): boolean {
  if (header === undefined) return false;
  const [, name, port = '1'] = /^(\[[\da-f:.]+\]|[^:@/?#\s[\]]+)(?::(\d{1,5}))?$/i.exec(header) ?? [];
  if (Number(port) < 1 || Number(port) > 65_535) return false;
  return name !== undefined && allowed.has(name.toLowerCase().replace(/\.$/, ''));
}

/** The number of `Host` headers of a request. Node uses the first; a proxy may have used another. */
export function hostHeaderCount({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): number {
  return rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'host').length;
}

/**
 * The target of a request as a path. The host of an absolute URL replaces the `Host` header: RFC 9112, 3.2.2.
 */
export function originForm(request: IncomingMessage): string {
  const { url = '/' } = request;
  const [, host, path = '/'] = /^https?:\/\/([^/?#]*)([/?][^#]*)?$/i.exec(url) ?? [];
  if (host === undefined) return url;
  request.headers.host = host;
  return path.startsWith('?') ? `/${path}` : path;
}

/**
 * Whether a change is not requested by a page of another site.
 *
 * Browsers send `Origin` with every change. Most send `Sec-Fetch-Site` too, but Chromium doesn't over plain HTTP unless
 * the host is loopback. Each header that is present must match. Other clients send neither, and no page can make a
 * browser omit both.
 */
export function comesFromOwnPage(method: string, headers: IncomingHttpHeaders): boolean {
  if (readsOnly(method)) return true;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  if (headers.origin === undefined) return true;
  // Without the scheme, because behind a proxy that terminates TLS the browser's is unknown.
  const origin = URL.parse(headers.origin);
  return (
    origin !== null &&
    headers.host !== undefined &&
    origin.host === URL.parse(`${origin.protocol}//${headers.host}`)?.host
  );
}

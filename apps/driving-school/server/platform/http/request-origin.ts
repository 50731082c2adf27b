import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { readsOnly } from './problems.ts';

/** Names of this machine for itself. A page of another site cannot carry them, whatever its DNS says. */
const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];
/** Addresses that mean "all": nobody reaches us under them. */
const anyAddress = new Set(['0.0.0.0', '::']);

/**
 * The names under which browsers may reach us. Anything else is DNS rebinding: a foreign name that points here,
 * whose pages the browser takes for ours.
 *
 * @param host the address that we listen on
 * @param further more names, without port
 */
export function hostAllowList(host: string, further: readonly string[] = []): ReadonlySet<string> {
  const own = anyAddress.has(host) ? [] : [host];
  const names = [...own, ...further].map((name) => (name.includes(':') ? `[${name}]` : name).toLowerCase());
  return new Set([...loopbackNames, ...names]);
}

/** Whether the `Host` header names one of the allowed hosts, with any port that there is. */
export function hostIsAllowed(header: string | undefined, allowed: ReadonlySet<string>): boolean {
  if (header === undefined) return false;
  const [, name, port = '1'] = /^(\[[\da-f:.]+\]|[^:@/?#\s[\]]+)(?::(\d{1,5}))?$/i.exec(header) ?? [];
  if (Number(port) < 1 || Number(port) > 65_535) return false;
  return name !== undefined && allowed.has(name.toLowerCase().replace(/\.$/, ''));
}

/** How many `Host` headers a request has. Node hands on the first; a proxy in front may have looked at another. */
export function hostsNamed({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): number {
  return rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'host').length;
}

/**
 * The target of a request as a path. One with scheme and host, as proxies are sent it, counts as the host and the path
 * that it names: RFC 9112, 3.2.2.
 */
export function originForm(request: IncomingMessage): string {
  const { url = '/' } = request;
  const [, host, path = '/'] = /^https?:\/\/([^/?#]*)([/?][^#]*)?$/i.exec(url) ?? [];
  if (host === undefined) return url;
  request.headers.host = host;
  return path.startsWith('?') ? `/${path}` : path;
}

/**
 * Whether a request that changes something comes from a page of ours, or from no page at all.
 *
 * Browsers send `Origin` with each of these; most send `Sec-Fetch-Site` too, but Chromium does not over plain HTTP
 * to a name that is not loopback. Hence both, and each that is there must agree. A program that is no browser sends
 * neither, and no page can make a browser leave both out.
 */
export function comesFromOwnPage(method: string, headers: IncomingHttpHeaders): boolean {
  if (readsOnly(method)) return true;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  if (headers.origin === undefined) return true;
  // Scheme left out on purpose: behind a proxy that ends TLS we do not see the one that the browser used.
  const origin = URL.parse(headers.origin);
  return (
    origin !== null &&
    headers.host !== undefined &&
    origin.host === URL.parse(`${origin.protocol}//${headers.host}`)?.host
  );
}

import { STATUS_CODES } from 'node:http';
import { errorPage, isNavigation } from '@dualbrake/console';
import { problemMediaType } from '../../../contract/problem.ts';
import { pageHeaders, type PageLinks } from './error-pages.ts';

interface Answer {
  readonly status: number;
  readonly code: string;
  /** For people. */
  readonly title: string;
  readonly detail: string;
}

const answers: Readonly<Record<string, Answer>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers_too_large',
    title: 'Too many cookies',
    detail: 'The browser sent more than 16 kB of headers. Clear the cookies of this site, then try again.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request_too_slow',
    title: 'The request took too long',
    detail: 'The request did not arrive in time. Try again.',
  },
};
const notHttp: Answer = {
  status: 400,
  code: 'broken_request',
  title: 'The request is broken',
  detail: 'The request is not valid HTTP.',
};

/** What of the beginning of a request is looked at. */
const lookedAtBytes = 16_384;

/** What Node tells of something that could not be read as a request. */
interface ParseError {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

/** The whole answer to such a thing, as bytes on the wire: a page when it came from a browser that went to an address. */
export function brokenRequestAnswer({ code: cause = '', rawPacket }: ParseError, links: PageLinks): string {
  const { status, code, title, detail } = answers[cause] ?? notHttp;
  const reason = STATUS_CODES[status] ?? 'Bad Request';
  const isPage = comesFromNavigation(rawPacket);
  const body = isPage
    ? errorPage({
        status,
        title,
        detail,
        application: links.application,
        links: [{ href: links.homePath, text: `Go to ${links.application}` }],
      })
    : JSON.stringify({ type: `urn:driving-school:problem:${code}`, title: reason, status, detail, code });
  const headers: Readonly<Record<string, string>> = {
    ...(isPage ? pageHeaders : { 'content-type': problemMediaType, 'cache-control': 'no-store' }),
    'content-length': String(Buffer.byteLength(body)),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n${body}`;
}

function comesFromNavigation(packet: Buffer | undefined): boolean {
  const text = packet?.toString('latin1', 0, lookedAtBytes) ?? '';
  const header = (name: string): string | undefined =>
    new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(text)?.[1]?.trim();
  return isNavigation({
    method: /^[A-Z]+/.exec(text)?.[0] ?? '',
    accept: header('accept'),
    fetchMode: header('sec-fetch-mode'),
  });
}

import { STATUS_CODES } from 'node:http';
import { problemResponse, type PageLinks } from './problem-response.ts';
import { ProblemError } from './problems.ts';

const details: Readonly<Record<string, { status: number; code: string; detail: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers_too_large',
    detail: 'The browser sent more than 16 kB of headers. Clear the cookies of this site, then try again.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request_too_slow',
    detail: 'The request did not arrive in time. Try again.',
  },
};
const notHttp = { status: 400, code: 'broken_request', detail: 'The request is not valid HTTP.' };

/** The part of the request that is searched for headers. */
const searchedBytes = 16_384;

/** Node's error for bytes that could not be parsed as a request. */
interface ParseError {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

/** The response to bytes that could not be parsed as a request, as bytes for the socket. */
export function brokenRequestResponse({ code: cause = '', rawPacket }: ParseError, links: PageLinks): string {
  const known = details[cause] ?? notHttp;
  const title = STATUS_CODES[known.status] ?? 'Bad Request';
  const { headers, body } = problemResponse(new ProblemError({ ...known, title }), readRequest(rawPacket), links);
  const lines = Object.entries({
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${known.status} ${title}\r\n${lines.join('')}\r\n${body}`;
}

function readRequest(packet: Buffer | undefined) {
  const text = packet?.toString('latin1', 0, searchedBytes) ?? '';
  const header = (name: string): string | undefined =>
    new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(text)?.[1]?.trim();
  return {
    method: /^[A-Z]+/.exec(text)?.[0] ?? '',
    accept: header('accept'),
    fetchMode: header('sec-fetch-mode'),
  };
}

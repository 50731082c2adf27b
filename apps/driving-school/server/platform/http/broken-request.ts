import { STATUS_CODES } from 'node:http';
import { problemMediaType } from '../../../contract/problem.ts';

const answers: Readonly<Record<string, { status: number; code: string; detail: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers_too_large',
    detail: 'The headers of the request are larger than 16 kB. Clear the cookies of this site and try again.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request_too_slow',
    detail: 'The request did not arrive in time.',
  },
};
const notHttp = { status: 400, code: 'broken_request', detail: 'The request is not valid HTTP.' };

/** The whole answer to something that could not be read as a request, as bytes on the wire. */
export function brokenRequestAnswer({ code: cause = '' }: { readonly code?: string }): string {
  const { status, code, detail } = answers[cause] ?? notHttp;
  const title = STATUS_CODES[status] ?? 'Bad Request';
  const body = JSON.stringify({ type: `urn:driving-school:problem:${code}`, title, status, detail, code });
  return (
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: ${problemMediaType}\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\n` +
    `X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${body}`
  );
}

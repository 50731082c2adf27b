import { Problem } from '../http/problem.ts';

const FORM_LIMIT_BYTES = 8 * 1024;

/** Reads the body of a form. @throws Problem 413, 415 */
export async function readForm(request: Request): Promise<URLSearchParams> {
  if (!(request.headers.get('content-type') ?? '').startsWith('application/x-www-form-urlencoded')) {
    throw new Problem('not-json', 'Not a form', 'This URL accepts only the form on its own page.');
  }
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > FORM_LIMIT_BYTES) throw new Problem('too-large', 'Too large', 'A form can have at most 8 KiB.');
    text += decoder.decode(chunk, { stream: true });
  }
  return new URLSearchParams(text + decoder.decode());
}

import { setImmediate } from 'node:timers/promises';

/**
 * Streams a long text part by part, so that other requests are answered in between and a slow client slows it down.
 *
 * @param parts each takes a few milliseconds to make
 */
export function streamInSteps(parts: Iterable<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const steps = parts[Symbol.iterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      await setImmediate();
      let next = steps.next();
      // Without a chunk, `pull` would not be called again.
      while (next.done !== true && next.value === '') next = steps.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    cancel() {
      steps.return?.();
    },
  });
}

/** Newline-delimited JSON. @param batches each takes a few milliseconds to make */
export function* jsonLines(batches: Iterable<readonly unknown[]>): Generator<string> {
  for (const batch of batches) yield batch.map((item) => `${JSON.stringify(item)}\n`).join('');
}

/** A response that is downloaded as a file. */
export function download(body: BodyInit, name: string, type: string): Response {
  return new Response(body, {
    headers: { 'content-type': type, 'content-disposition': `attachment; filename="${name}"` },
  });
}

import { setImmediate } from 'node:timers/promises';

/**
 * A long text as a stream that is written part by part: whoever else asks is answered in between, and a client that reads
 * slowly makes it wait.
 *
 * @param parts each a few milliseconds' work
 */
export function streamInSteps(parts: Iterable<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const steps = parts[Symbol.iterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      // A stream that is read asks for the next part before anybody else has had a turn.
      await setImmediate();
      let next = steps.next();
      // What adds nothing would not be followed by another pull.
      while (next.done !== true && next.value === '') next = steps.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    cancel() {
      steps.return?.();
    },
  });
}

import { Problem } from '../http/problem.ts';
import type { Stream } from './stream.ts';

const STREAMS_MAX = 50;
const STREAMS_PER_USER_MAX = 5;

/** The open streams of one console, counted. */
export class Streams {
  readonly #open = new Map<Stream, string>();
  /** Streams that were let go because they did not read. */
  lagged = 0;

  /** @throws Problem 429 when there are too many */
  admit(userId: string): void {
    const own = [...this.#open.values()].filter((id) => id === userId).length;
    if (this.#open.size >= STREAMS_MAX || own >= STREAMS_PER_USER_MAX) {
      throw new Problem(
        'too-many-streams',
        'Too many streams',
        'Too many tabs of the console are open. Close one and try again.',
        {
          headers: { 'retry-after': '10' },
        },
      );
    }
  }

  add(stream: Stream, userId: string): void {
    this.#open.set(stream, userId);
  }

  remove(stream: Stream): void {
    this.#open.delete(stream);
  }

  get size(): number {
    return this.#open.size;
  }

  close(reason: string): void {
    for (const stream of this.#open.keys()) stream.end(reason);
  }
}

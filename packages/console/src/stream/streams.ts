import { every } from '../control/every.ts';
import { Problem } from '../problem.ts';
import type { ConsoleUser } from '../options.ts';
import { Stream, type StreamSources, type StreamTopics } from './stream.ts';

const STREAMS_MAX = 50;
const STREAMS_PER_USER_MAX = 5;
/** How often sessions are checked, in case the application does not call `recheck`. */
const RECHECK_MS = 5_000;

interface Reader {
  readonly user: ConsoleUser;
  readonly request: Request;
  /** Cancels the end of the session. */
  readonly cancel: () => void;
}

/** The open event streams: limited in number, and ended together with their user's session. */
export class Streams {
  readonly #identify: (request: Request) => Promise<ConsoleUser | undefined>;
  readonly #sources: StreamSources;
  readonly #open = new Map<Stream, Reader>();
  #stopRecheck: (() => void) | undefined;
  /** Streams that were ended because their client did not read. */
  lagged = 0;

  /** @param identify returns the user of a request; throws when that is unknown at the moment */
  constructor(identify: (request: Request) => Promise<ConsoleUser | undefined>, sources: StreamSources) {
    this.#identify = identify;
    this.#sources = sources;
  }

  /** @throws Problem 429 */
  open(
    request: Request,
    user: ConsoleUser,
    topics: StreamTopics,
    lastEventId: string | null,
  ): ReadableStream<Uint8Array> {
    const own = [...this.#open.values()].filter((reader) => reader.user.id === user.id).length;
    if (this.#open.size >= STREAMS_MAX || own >= STREAMS_PER_USER_MAX) {
      const detail = 'Too many tabs of the console are open. Close one and try again.';
      throw new Problem('too-many-streams', 'Too many streams', detail, { retryAfterSeconds: 10 });
    }
    const stream: Stream = new Stream(this.#sources, topics, (reason) => {
      this.#remove(stream);
      if (reason === 'slow') this.lagged += 1;
    });
    const { clock, time } = this.#sources;
    const { expiresAt } = user;
    const cancel =
      expiresAt === undefined
        ? () => {}
        : clock.after(Math.max(0, expiresAt - time.now()), () => stream.end('session'), { background: true });
    this.#open.set(stream, { user, request, cancel });
    this.#stopRecheck ??= every(RECHECK_MS, () => void this.recheck(), clock);
    const body = stream.begin(lastEventId);
    if (request.signal.aborted) stream.end('gone');
    request.signal.addEventListener('abort', () => stream.end('gone'), { once: true });
    return body;
  }

  get size(): number {
    return this.#open.size;
  }

  close(reason: string): void {
    for (const stream of this.#open.keys()) stream.end(reason);
  }

  /** Ends the streams of users whose session has ended, or whose permissions have changed. */
  async recheck(): Promise<void> {
    await Promise.all([...this.#open].map(([stream, reader]) => this.#check(stream, reader)));
  }

  async #check(stream: Stream, { user, request }: Reader): Promise<void> {
    let now: ConsoleUser | undefined;
    try {
      now = await this.#identify(request);
    } catch {
      // Unknown at the moment: the stream goes on.
      return;
    }
    if (now === undefined || rightsOf(now) !== rightsOf(user)) stream.end('session');
  }

  #remove(stream: Stream): void {
    this.#open.get(stream)?.cancel();
    this.#open.delete(stream);
    if (this.#open.size > 0) return;
    this.#stopRecheck?.();
    this.#stopRecheck = undefined;
  }
}

/** For comparison. */
function rightsOf({ id, role, extraPermissions = [] }: ConsoleUser): string {
  return JSON.stringify([id, role, extraPermissions.toSorted()]);
}

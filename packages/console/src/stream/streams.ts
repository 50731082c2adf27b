import type { Clock } from 'dualbrake';
import { Problem } from '../http/problem.ts';
import type { ConsoleUser } from '../options.ts';
import type { WallTime } from '../wall-time.ts';
import type { Stream } from './stream.ts';

const STREAMS_MAX = 50;
const STREAMS_PER_USER_MAX = 5;
/** Who reads is asked again this often, in milliseconds, in case nobody calls `recheck`. */
const RECHECK_MS = 5_000;

interface Reader {
  readonly user: ConsoleUser;
  readonly request: Request;
  readonly cancel: () => void;
}

/** The open streams of one console: counted, and ended with the right to read them. */
export class Streams {
  readonly #identify: (request: Request) => Promise<ConsoleUser | undefined>;
  readonly #clock: Clock;
  readonly #time: WallTime;
  readonly #open = new Map<Stream, Reader>();
  #cancelRecheck: (() => void) | undefined;
  /** Streams that were let go because they did not read. */
  lagged = 0;

  /** @param identify says who sends a request; throws when that cannot be found out now */
  constructor(identify: (request: Request) => Promise<ConsoleUser | undefined>, clock: Clock, time: WallTime) {
    this.#identify = identify;
    this.#clock = clock;
    this.#time = time;
  }

  /** @throws Problem 429 when there are too many */
  admit(userId: string): void {
    const own = [...this.#open.values()].filter(({ user }) => user.id === userId).length;
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

  /** @param request whose sender reads the stream */
  add(stream: Stream, user: ConsoleUser, request: Request): void {
    const { expiresAt } = user;
    const cancel =
      expiresAt === undefined
        ? () => {}
        : this.#clock.after(Math.max(0, expiresAt - this.#time.now()), () => stream.end('session'), {
            background: true,
          });
    this.#open.set(stream, { user, request, cancel });
    this.#cancelRecheck ??= this.#armRecheck();
  }

  remove(stream: Stream): void {
    this.#open.get(stream)?.cancel();
    this.#open.delete(stream);
    if (this.#open.size > 0) return;
    this.#cancelRecheck?.();
    this.#cancelRecheck = undefined;
  }

  get size(): number {
    return this.#open.size;
  }

  close(reason: string): void {
    for (const stream of this.#open.keys()) stream.end(reason);
  }

  /** Ends the streams of people who may not look any more, or not at the same things. */
  async recheck(): Promise<void> {
    await Promise.all([...this.#open].map(([stream, reader]) => this.#check(stream, reader)));
  }

  async #check(stream: Stream, { user, request }: Reader): Promise<void> {
    let now: ConsoleUser | undefined;
    try {
      now = await this.#identify(request);
    } catch {
      // Nobody can say so now; whoever has been let in goes on.
      return;
    }
    if (now === undefined || rightsOf(now) !== rightsOf(user)) stream.end('session');
  }

  #armRecheck(): () => void {
    return this.#clock.after(
      RECHECK_MS,
      () => {
        this.#cancelRecheck = this.#armRecheck();
        void this.recheck();
      },
      { background: true },
    );
  }
}

/** Who it is and what that person may, to be compared. */
function rightsOf({ id, role, extraPermissions = [], tags }: ConsoleUser): string {
  return JSON.stringify([id, role, extraPermissions.toSorted(), tags?.toSorted()]);
}

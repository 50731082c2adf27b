import type { Clock } from 'dualbrake';
import type { StreamEvents } from '../contract.ts';
import { Problem } from '../problem.ts';
import type { Handler } from '../routes.ts';
import type { ConsoleState, Heard } from '../state.ts';

const HEARTBEAT_MS = 10_000;
/** A snapshot at most so often when something has changed, */
const SNAPSHOT_MS = 1_000;
/** and so often in any case, because counters move without news. */
const QUIET_SNAPSHOT_MS = 5_000;
/** Bytes that a client may owe us and still get snapshots; */
const SNAPSHOT_LIMIT_BYTES = 256 * 1024;
/** that it may owe us at all, more than what a resumed stream begins with; */
const BUFFER_LIMIT_BYTES = 1024 * 1024;
/** and for how long it may go without a snapshot. */
const BEHIND_LIMIT_MS = 30_000;
/** How long a stream lives: whoever comes back is asked anew who it is, so a session that was ended shows no more. */
const LIFE_MS = 5 * 60_000;
const STREAMS_MAX = 50;
const STREAMS_PER_USER_MAX = 5;

/** The open streams of one console, counted. */
export class Streams {
  readonly #open = new Map<Stream, string>();

  /** @throws Problem 429 when there are too many */
  admit(userId: string): void {
    const own = [...this.#open.values()].filter((id) => id === userId).length;
    if (this.#open.size >= STREAMS_MAX || own >= STREAMS_PER_USER_MAX) {
      throw new Problem(429, 'too-many-streams', 'Too many streams', 'Close another tab of the console first.', {
        headers: { 'retry-after': '10' },
      });
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

/** GET events: server-sent events; see `StreamEvents`. */
export const openStream: Handler = async ({ state, request, user, streams, clock }) => {
  streams.admit(user.id);
  const stream: Stream = new Stream(state, clock, () => streams.remove(stream));
  streams.add(stream, user.id);
  const body = stream.begin(request.headers.get('last-event-id'));
  if (request.signal.aborted) stream.end('gone');
  request.signal.addEventListener('abort', () => stream.end('gone'), { once: true });
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  });
};

/** One client's stream. Snapshots are the truth, events say what changed. */
class Stream {
  readonly #state: ConsoleState;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #endings: (() => void)[] = [];
  #sentAt = -Infinity;
  #cancelSnapshot: (() => void) | undefined;
  #behindSince: number | undefined;
  #greeted = false;
  /** News came since the last snapshot. */
  #dirty = false;
  #ended = false;

  constructor(state: ConsoleState, clock: Clock, onEnd: () => void) {
    this.#state = state;
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  begin(lastEventId: string | null): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          this.#greet(lastEventId);
          this.#greeted = true;
        },
        cancel: () => this.end('gone'),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: BUFFER_LIMIT_BYTES }),
    );
  }

  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const ending of this.#endings) ending();
    this.#cancelSnapshot?.();
    this.#onEnd();
    try {
      if (reason !== 'gone') this.#controller?.enqueue(this.#encode('bye', { reason }));
      this.#controller?.close();
    } catch {
      // The client has closed it already.
    }
  }

  #greet(lastEventId: string | null): void {
    const missed = lastEventId === null ? undefined : this.#state.changes.after(lastEventId);
    // At once, because proxies hold an answer back until its first bytes come.
    this.#controller?.enqueue(this.#encoder.encode('retry: 2000\n\n'));
    this.#send('hello', {
      epoch: this.#state.changes.epoch,
      now: this.#state.now(),
      heartbeat_ms: HEARTBEAT_MS,
      resumed: missed !== undefined,
    });
    if (lastEventId !== null && missed === undefined)
      this.#send('resync', { reason: 'The events in between are not kept any more.' });
    for (const { change, operation } of missed ?? []) {
      if (change.kind !== 'operation') this.#send(change.kind, change, change.id);
      else if (operation !== undefined) this.#send('operation', operation, change.id);
    }
    this.#snapshot();
    this.#endings.push(
      this.#state.subscribe((heard) => this.#hear(heard)),
      this.#every(HEARTBEAT_MS, () => this.#send('heartbeat', { now: this.#state.now() })),
      this.#clock.after(LIFE_MS, () => this.end('renew'), { background: true }),
    );
  }

  /** The event at once; a snapshot soon, once for all that happens until then. */
  #hear(heard: Heard): void {
    const { lastId } = this.#state.changes;
    if (heard.kind === 'operation') this.#send('operation', heard.operation, lastId);
    else if (heard.kind === 'change') this.#send(heard.change.kind, heard.change, heard.change.id);
    const ageMs = this.#clock.now() - this.#sentAt;
    if (ageMs >= SNAPSHOT_MS) this.#snapshot();
    else if (!this.#dirty) this.#snapshotIn(SNAPSHOT_MS - ageMs);
    this.#dirty = ageMs < SNAPSHOT_MS;
  }

  #snapshot(): void {
    const now = this.#clock.now();
    this.#sentAt = now;
    this.#dirty = false;
    if (this.#isBehind()) {
      // It would only get further behind; the next snapshot that fits tells the same.
      this.#behindSince ??= now;
      if (now - this.#behindSince >= BEHIND_LIMIT_MS) this.end('slow');
    } else {
      this.#behindSince = undefined;
      try {
        this.#send('snapshot', this.#state.report(), this.#state.changes.lastId);
      } catch (error) {
        // A report that fails must not take down a process from within a timer.
        this.#state.failed(error);
      }
    }
    this.#snapshotIn(QUIET_SNAPSHOT_MS);
  }

  #snapshotIn(delayMs: number): void {
    this.#cancelSnapshot?.();
    if (this.#ended) return;
    this.#cancelSnapshot = this.#clock.after(delayMs, () => this.#snapshot(), { background: true });
  }

  #isBehind(): boolean {
    const free = this.#controller?.desiredSize ?? 0;
    return this.#greeted && BUFFER_LIMIT_BYTES - free > SNAPSHOT_LIMIT_BYTES;
  }

  #every(periodMs: number, act: () => void): () => void {
    let cancel: (() => void) | undefined;
    const arm = (): void => {
      cancel = this.#clock.after(periodMs, () => (arm(), act()), { background: true });
    };
    arm();
    return () => cancel?.();
  }

  #send<E extends keyof StreamEvents>(event: E, data: StreamEvents[E], id?: string): void {
    if (this.#ended || this.#controller === undefined) return;
    if (this.#greeted && (this.#controller.desiredSize ?? 0) <= 0) {
      // A client that does not read would keep our memory; it may come back and resume.
      this.end('slow');
      return;
    }
    this.#controller.enqueue(this.#encode(event, data, id));
  }

  #encode(event: string, data: unknown, id?: string): Uint8Array {
    return this.#encoder.encode(
      `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
    );
  }
}

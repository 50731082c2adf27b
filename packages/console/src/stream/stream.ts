import { logLevels } from '../contract/logs.ts';
import type { LogLevel, LogLine, StreamEvents } from '../contract.ts';
import type { FeedUpdate } from '../control/change-feed.ts';
import type { ControlPlane } from '../control/create-control-plane.ts';
import { every } from '../control/every.ts';

const HEARTBEAT_MS = 10_000;
/** Minimum time between two snapshots. */
const SNAPSHOT_MS = 1_000;
/** Maximum time between two snapshots, because counters change without an event. */
const QUIET_SNAPSHOT_MS = 5_000;
/** How long log lines are collected. */
const LOG_MS = 250;
/** Log lines in one event; others are counted. */
const LOG_LINES_MAX = 500;
/** Unread bytes up to which a client gets snapshots. */
const SNAPSHOT_LIMIT_BYTES = 256 * 1024;
/** Unread bytes, besides those that a resumed stream begins with, at which a stream ends. */
const BUFFER_LIMIT_BYTES = 4 * 1024 * 1024;
/** Time without a snapshot at which a stream ends. */
const BEHIND_LIMIT_MS = 30_000;
/** A client that reconnects is authenticated again. */
const LIFE_MS = 5 * 60_000;

/** The inputs of a stream. */
export type StreamSources = Pick<ControlPlane, 'feed' | 'logs' | 'time' | 'clock' | 'overview' | 'onError'>;

/** The topics that a client subscribed to, besides changes. */
export interface StreamTopics {
  readonly overview: boolean;
  /** Log lines of this level and above, of one breaker or correlation ID. */
  readonly logs:
    | { readonly level: LogLevel; readonly breaker: string | undefined; readonly correlationId: string | undefined }
    | undefined;
}

/** The event stream of one client. Changes are sent at once; snapshots of the whole overview follow. */
export class Stream {
  readonly #sources: StreamSources;
  readonly #topics: StreamTopics;
  readonly #onEnd: (reason: string) => void;
  readonly #encoder = new TextEncoder();
  readonly #endings: (() => void)[] = [];
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #snapshotAt = -Infinity;
  #snapshots = 0;
  #cancelSnapshot: (() => void) | undefined;
  #lines: LogLine[] = [];
  #droppedLines = 0;
  #cancelLog: (() => void) | undefined;
  #behindSince: number | undefined;
  #isGreeted = false;
  /** A change came since the last snapshot. */
  #isDirty = false;
  #hasEnded = false;

  constructor(sources: StreamSources, topics: StreamTopics, onEnd: (reason: string) => void) {
    this.#sources = sources;
    this.#topics = topics;
    this.#onEnd = onEnd;
  }

  begin(lastEventId: string | null): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          this.#greet(lastEventId);
          this.#isGreeted = true;
        },
        cancel: () => this.end('gone'),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: BUFFER_LIMIT_BYTES }),
    );
  }

  end(reason: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const ending of this.#endings) ending();
    this.#cancelSnapshot?.();
    this.#cancelLog?.();
    this.#onEnd(reason);
    try {
      if (reason !== 'gone') this.#controller?.enqueue(this.#encode('bye', { reason }));
      this.#controller?.close();
    } catch {
      // The client has closed it already.
    }
  }

  #greet(lastEventId: string | null): void {
    const { clock, feed, logs, time } = this.#sources;
    const missed = lastEventId === null ? undefined : feed.after(lastEventId);
    // At once, because proxies hold a response back until its first bytes.
    this.#controller?.enqueue(this.#encoder.encode('retry: 2000\n\n'));
    this.#send('hello', {
      epoch: feed.epoch,
      now: time.nowIso(),
      heartbeat_ms: HEARTBEAT_MS,
      resumed: missed !== undefined,
    });
    if (lastEventId !== null && missed === undefined) {
      this.#send('resync', { reason: 'The events in between are no longer available.' });
    }
    for (const { change, operation } of missed ?? []) {
      if (change.kind !== 'operation') this.#send(change.kind, change, change.id);
      else if (operation !== undefined) this.#send('operation', operation, change.id);
    }
    if (this.#topics.overview) this.#snapshot();
    this.#endings.push(
      feed.subscribe((update) => this.#receive(update)),
      every(HEARTBEAT_MS, () => this.#send('heartbeat', { now: time.nowIso() }), clock),
      clock.after(LIFE_MS, () => this.end('renew'), { background: true }),
    );
    if (this.#topics.logs !== undefined) this.#endings.push(logs.subscribe((lines) => this.#receiveLines(lines)));
  }

  #receive(update: FeedUpdate): void {
    const { clock, feed } = this.#sources;
    if (update.kind === 'operation') this.#send('operation', update.operation, feed.lastId);
    else if (update.kind === 'change' && update.change.kind !== 'operation') {
      this.#send(update.change.kind, update.change, update.change.id);
    }
    if (!this.#topics.overview) return;
    const ageMs = clock.now() - this.#snapshotAt;
    if (ageMs >= SNAPSHOT_MS) this.#snapshot();
    else if (!this.#isDirty) this.#snapshotIn(SNAPSHOT_MS - ageMs);
    this.#isDirty = ageMs < SNAPSHOT_MS;
  }

  #receiveLines(lines: readonly LogLine[]): void {
    const { level = 'trace', breaker, correlationId } = this.#topics.logs ?? {};
    for (const line of lines) {
      if (logLevels.indexOf(line.level) < logLevels.indexOf(level)) continue;
      if (breaker !== undefined && line.breaker !== breaker) continue;
      if (correlationId !== undefined && line.correlation_id !== correlationId) continue;
      if (this.#lines.length < LOG_LINES_MAX) this.#lines.push(line);
      else this.#droppedLines += 1;
    }
    if (this.#lines.length === 0) return;
    this.#cancelLog ??= this.#sources.clock.after(LOG_MS, () => this.#sendLines(), { background: true });
  }

  #sendLines(): void {
    this.#cancelLog = undefined;
    const lines = this.#lines;
    const dropped = this.#droppedLines;
    this.#lines = [];
    this.#droppedLines = 0;
    if (!this.#isBehind()) this.#send('log', { lines, dropped });
  }

  #snapshot(): void {
    const now = this.#sources.clock.now();
    this.#snapshotAt = now;
    this.#isDirty = false;
    if (this.#isBehind()) {
      if (this.#behindSince === undefined) {
        this.#behindSince = now;
        this.#send('lagged', { buffered_bytes: this.#buffered() });
      }
      if (now - this.#behindSince >= BEHIND_LIMIT_MS) this.end('slow');
    } else {
      this.#behindSince = undefined;
      try {
        this.#sendOverview();
      } catch (error) {
        // An error in a timer would end the process.
        this.#sources.onError(error);
      }
    }
    this.#snapshotIn(QUIET_SNAPSHOT_MS);
  }

  #sendOverview(): void {
    const body = this.#sources.overview();
    this.#snapshots += 1;
    this.#send('snapshot', { topic: 'overview', version: this.#snapshots, body }, this.#sources.feed.lastId);
  }

  #snapshotIn(delayMs: number): void {
    this.#cancelSnapshot?.();
    if (this.#hasEnded) return;
    this.#cancelSnapshot = this.#sources.clock.after(delayMs, () => this.#snapshot(), { background: true });
  }

  #buffered(): number {
    return BUFFER_LIMIT_BYTES - (this.#controller?.desiredSize ?? 0);
  }

  #isBehind(): boolean {
    return this.#isGreeted && this.#buffered() > SNAPSHOT_LIMIT_BYTES;
  }

  #send<E extends keyof StreamEvents>(event: E, data: StreamEvents[E], id?: string): void {
    if (this.#hasEnded || this.#controller === undefined) return;
    if (this.#isGreeted && (this.#controller.desiredSize ?? 0) <= 0) {
      // Bounds memory; the client can reconnect and resume.
      this.end('slow');
      return;
    }
    this.#controller.enqueue(this.#encode(event, data, id));
  }

  #encode(event: string, data: unknown, id?: string): Uint8Array {
    const idLine = id === undefined ? '' : `id: ${id}\n`;
    return this.#encoder.encode(`${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}

import type { Clock } from 'dualbrake';
import { logLevels } from '../contract/logs.ts';
import type { LogLevel, LogLine, OverviewView, StreamEvents } from '../contract.ts';
import type { ControlPlane, Heard } from '../control/control-plane.ts';
import { diff } from './json-patch.ts';

const HEARTBEAT_MS = 10_000;
/** A snapshot at most so often when something has changed, */
const SNAPSHOT_MS = 1_000;
/** and so often in any case, because counters move without news. */
const QUIET_SNAPSHOT_MS = 5_000;
/** Lines of the log come together, this often. */
const LOG_MS = 250;
/** Lines of one batch; what is more is counted. */
const LOG_LINES_MAX = 500;
/** Bytes that a client may owe us and still get snapshots; */
const SNAPSHOT_LIMIT_BYTES = 256 * 1024;
/** that it may owe us at all, more than what a resumed stream begins with; */
const BUFFER_LIMIT_BYTES = 4 * 1024 * 1024;
/** and for how long it may go without a snapshot. */
const BEHIND_LIMIT_MS = 30_000;
/** How long a stream lives: whoever comes back is asked anew who it is, so a session that was ended shows no more. */
const LIFE_MS = 5 * 60_000;

/** What a client wants to hear beside what has changed. */
export interface Wishes {
  readonly overview: boolean;
  /** Differences instead of whole snapshots, after the first. */
  readonly deltas: boolean;
  /** Lines of the log, this level and above, of one breaker or correlation id. */
  readonly logs:
    | { readonly level: LogLevel; readonly breaker: string | undefined; readonly correlationId: string | undefined }
    | undefined;
}

/** One client's stream. Snapshots are the truth, events say what changed. */
export class Stream {
  readonly #plane: ControlPlane;
  readonly #clock: Clock;
  readonly #wishes: Wishes;
  readonly #onEnd: (reason: string) => void;
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #endings: (() => void)[] = [];
  #sentAt = -Infinity;
  #sent: { version: number; body: OverviewView } | undefined;
  #snapshots = 0;
  #cancelSnapshot: (() => void) | undefined;
  #lines: LogLine[] = [];
  #droppedLines = 0;
  #cancelLog: (() => void) | undefined;
  #behindSince: number | undefined;
  #greeted = false;
  /** News came since the last snapshot. */
  #dirty = false;
  #ended = false;

  constructor(plane: ControlPlane, clock: Clock, wishes: Wishes, onEnd: (reason: string) => void) {
    this.#plane = plane;
    this.#clock = clock;
    this.#wishes = wishes;
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
    const { changes, time } = this.#plane;
    const missed = lastEventId === null ? undefined : changes.after(lastEventId);
    // At once, because proxies hold an answer back until its first bytes come.
    this.#controller?.enqueue(this.#encoder.encode('retry: 2000\n\n'));
    this.#send('hello', {
      epoch: changes.epoch,
      now: time.nowIso(),
      heartbeat_ms: HEARTBEAT_MS,
      resumed: missed !== undefined,
    });
    if (lastEventId !== null && missed === undefined)
      this.#send('resync', { reason: 'The events in between are not kept any more.' });
    for (const { change, operation } of missed ?? []) {
      if (change.kind !== 'operation') this.#send(change.kind, change, change.id);
      else if (operation !== undefined) this.#send('operation', operation, change.id);
    }
    if (this.#wishes.overview) this.#snapshot();
    this.#endings.push(
      this.#plane.subscribe((heard) => this.#hear(heard)),
      this.#every(HEARTBEAT_MS, () => this.#send('heartbeat', { now: time.nowIso() })),
      this.#clock.after(LIFE_MS, () => this.end('renew'), { background: true }),
    );
    if (this.#wishes.logs !== undefined)
      this.#endings.push(this.#plane.logs.subscribe((lines) => this.#hearLines(lines)));
  }

  /** The event at once; a snapshot soon, once for all that happens until then. */
  #hear(heard: Heard): void {
    const { lastId } = this.#plane.changes;
    if (heard.kind === 'operation') this.#send('operation', heard.operation, lastId);
    else if (heard.kind === 'change' && heard.change.kind !== 'operation') {
      this.#send(heard.change.kind, heard.change, heard.change.id);
    }
    if (!this.#wishes.overview) return;
    const ageMs = this.#clock.now() - this.#sentAt;
    if (ageMs >= SNAPSHOT_MS) this.#snapshot();
    else if (!this.#dirty) this.#snapshotIn(SNAPSHOT_MS - ageMs);
    this.#dirty = ageMs < SNAPSHOT_MS;
  }

  #hearLines(lines: readonly LogLine[]): void {
    const { level = 'trace', breaker, correlationId } = this.#wishes.logs ?? {};
    for (const line of lines) {
      if (logLevels.indexOf(line.level) < logLevels.indexOf(level)) continue;
      if (breaker !== undefined && line.breaker !== breaker) continue;
      if (correlationId !== undefined && line.correlation_id !== correlationId) continue;
      if (this.#lines.length < LOG_LINES_MAX) this.#lines.push(line);
      else this.#droppedLines += 1;
    }
    if (this.#lines.length === 0) return;
    this.#cancelLog ??= this.#clock.after(LOG_MS, () => this.#sendLines(), { background: true });
  }

  #sendLines(): void {
    this.#cancelLog = undefined;
    const lines = this.#lines;
    const dropped = this.#droppedLines;
    this.#lines = [];
    this.#droppedLines = 0;
    if (this.#isBehind()) return;
    this.#send('log', { lines, dropped });
  }

  #snapshot(): void {
    const now = this.#clock.now();
    this.#sentAt = now;
    this.#dirty = false;
    if (this.#isBehind()) {
      // It would only get further behind; the next snapshot that fits tells the same.
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
        // A report that fails must not take down a process from within a timer.
        this.#plane.failed(error);
      }
    }
    this.#snapshotIn(QUIET_SNAPSHOT_MS);
  }

  #sendOverview(): void {
    const body = this.#plane.overview();
    this.#snapshots += 1;
    const version = this.#snapshots;
    const before = this.#sent;
    this.#sent = { version, body };
    const { lastId } = this.#plane.changes;
    if (before === undefined || !this.#wishes.deltas) {
      this.#send('snapshot', { topic: 'overview', version, body }, lastId);
      return;
    }
    const patch = diff(before.body, body);
    this.#send('delta', { topic: 'overview', base: before.version, version, patch }, lastId);
  }

  #snapshotIn(delayMs: number): void {
    this.#cancelSnapshot?.();
    if (this.#ended) return;
    this.#cancelSnapshot = this.#clock.after(delayMs, () => this.#snapshot(), { background: true });
  }

  #buffered(): number {
    return BUFFER_LIMIT_BYTES - (this.#controller?.desiredSize ?? 0);
  }

  #isBehind(): boolean {
    return this.#greeted && this.#buffered() > SNAPSHOT_LIMIT_BYTES;
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

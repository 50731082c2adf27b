import { createServer, type Server, type Socket } from 'node:net';
import { renameSync } from 'node:fs';
import { RESET_QUERY, SessionSettings } from './session-settings.ts';

/** The single session of a database engine that speaks the PostgreSQL protocol. */
export interface Engine {
  /** Processes messages synchronously. The bytes passed to `onAnswer` are valid only during the call. */
  run(messages: Uint8Array, onAnswer: (bytes: Uint8Array) => void): void;
  inTransaction(): boolean;
}

/** Settings of a `WireServer`. */
export interface WireServerOptions {
  readonly engine: Engine;
  /** Time after which an idle transaction is rolled back, in milliseconds. */
  readonly idleInTransactionMs: number;
  /** Called every `BUSY_PULSE_MS` while connections wait for the end of a transaction. */
  readonly onBusy: () => void;
}

/** `application_name` of connections whose statements do not count as activity of the application. */
export const HEALTH_CHECK_NAME = 'driving-school-health-check';

/** How the `application_name` of the program's own connections begins. They leave the session as they found it. */
export const OWN_NAME = 'driving-school';

/** Interval between calls of `onBusy`, in milliseconds. */
export const BUSY_PULSE_MS = 250;

/** Maximum size of a message: a longer one comes from a broken or hostile client. */
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;
/** Number of queued statements at which reading from a client is paused. */
const UNITS_MAX = 64;
const CONNECTIONS_MAX = 64;

/**
 * Shares the single session of an embedded PostgreSQL between many connections.
 *
 * Connections take turns, and each keeps its turn until the server would report "ready, no transaction". One statement
 * consists of several messages (Parse, Bind, Execute, Sync) that share the session's unnamed statement: switching
 * connections between them would answer one client with the rows of another.
 *
 * Settings that another program makes in the session (`pg_dump` begins with an empty `search_path`) hold for its own turns.
 */
export class WireServer {
  readonly #engine: Engine;
  readonly #options: WireServerOptions;
  readonly #server: Server;
  readonly #greeting: Buffer;
  readonly #sessions = new Set<Session>();
  /** Sessions with a complete statement, in the order of arrival. */
  readonly #waiting: Session[] = [];
  #holder: Session | undefined;
  /** Internal work that waits for its turn, ahead of the clients. */
  readonly #reservations: (() => void)[] = [];
  #reserved = false;
  #lastWorkAt = performance.now();
  #stepScheduled = false;
  #idleTimer: NodeJS.Timeout | undefined;
  #busyTimer: NodeJS.Timeout | undefined;

  constructor(options: WireServerOptions) {
    this.#engine = options.engine;
    this.#options = options;
    // Sent to every client, so that connections can be opened during a transaction.
    this.#greeting = this.#collect(startupMessage('postgres', 'postgres'));
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /**
   * Starts to accept connections. The socket atomically replaces that of a predecessor, so that clients always find one:
   * a refused connection is clearly temporary; a missing file is not.
   */
  async listen(path: string): Promise<void> {
    const fresh = `${path}.n`;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(fresh, resolve);
    });
    renameSync(fresh, path);
    this.#busyTimer = setInterval(() => {
      const taken = this.#reserved || this.#holder !== undefined;
      if (taken && this.#waiting.length > 0) this.#options.onBusy();
    }, BUSY_PULSE_MS);
  }

  /** Time since a client's last statement ended, in milliseconds; health checks do not count. */
  get idleMs(): number {
    return this.#holder === undefined && this.#waiting.length === 0 ? performance.now() - this.#lastWorkAt : 0;
  }

  /** Runs internal work outside of any transaction, while all clients wait. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      this.#reservations.push(resolve);
      this.#scheduleStep();
    });
    try {
      return await work();
    } finally {
      this.#reserved = false;
      this.#scheduleStep();
    }
  }

  /** Closes the server and all connections. Open transactions are rolled back. */
  async close(): Promise<void> {
    clearInterval(this.#busyTimer);
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    for (const session of this.#sessions) session.socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    socket.setNoDelay(true);
    const session = new Session(socket);
    this.#sessions.add(session);
    socket.on('data', (bytes: Buffer) => {
      session.append(bytes);
      this.#read(session);
    });
    // Handled by 'close', which follows.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#leave(session));
  }

  #read(session: Session): void {
    // Bytes may still arrive from a connection that has been closed.
    while (this.#sessions.has(session)) {
      if (!session.greeted) {
        const packet = session.takeStartup();
        if (packet === undefined) return;
        this.#greet(session, packet);
        if (session.socket.destroyed) return;
        continue;
      }
      const next = session.takeMessage();
      if (next === undefined) return;
      if (next === 'too-long' || next[0] === TERMINATE) {
        session.socket.destroy();
        return;
      }
      const unit = session.add(next);
      if (unit && session.units.length === 1 && this.#holder !== session) this.#waiting.push(session);
      if (unit) this.#scheduleStep();
      if (session.units.length >= UNITS_MAX) session.socket.pause();
    }
  }

  #greet(session: Session, packet: Buffer): void {
    switch (packet.readInt32BE(4)) {
      case SSL_REQUEST:
      case GSS_REQUEST:
        session.socket.write('N');
        return;
      case PROTOCOL_3:
        session.greeted = true;
        session.settings = packet.includes(`application_name\0${OWN_NAME}`) ? undefined : new SessionSettings();
        session.isHealthCheck = packet.includes(`application_name\0${HEALTH_CHECK_NAME}\0`);
        session.socket.write(this.#greeting);
        return;
      default:
        // A cancel request, which the engine does not support, or another protocol.
        session.socket.destroy();
    }
  }

  #scheduleStep(): void {
    if (this.#stepScheduled) return;
    this.#stepScheduled = true;
    // One statement per turn of the event loop, so that sockets, signals and messages are handled in between.
    setImmediate(() => {
      this.#stepScheduled = false;
      this.#step();
    });
  }

  #step(): void {
    if (this.#reserved) return;
    if (this.#holder === undefined) {
      const begin = this.#reservations.shift();
      if (begin !== undefined) {
        this.#reserved = true;
        begin();
        return;
      }
    }
    const session = this.#holder ?? this.#waiting.shift();
    const unit = session?.units.shift();
    if (session === undefined || unit === undefined) return;
    clearTimeout(this.#idleTimer);
    if (this.#holder === undefined) session.settings?.restore((messages) => void this.#collect(messages));
    this.#engine.run(unit.messages, (bytes) => {
      if (session.socket.writable) session.socket.write(Buffer.from(bytes));
    });
    session.settings?.note(unit.messages);
    if (!session.isHealthCheck) this.#lastWorkAt = performance.now();
    if (session.socket.isPaused() && session.units.length < UNITS_MAX / 2) session.socket.resume();
    session.insideStatement = !unit.endsStatement;
    if (session.insideStatement || this.#engine.inTransaction()) {
      this.#holder = session;
      this.#idleTimer = setTimeout(() => this.#expel(session), this.#options.idleInTransactionMs);
    } else {
      this.#holder = undefined;
      this.#resetAfter(session);
      if (session.units.length > 0) this.#waiting.push(session);
    }
    this.#scheduleStep();
  }

  #expel(session: Session): void {
    if (this.#holder !== session || session.units.length > 0) return;
    session.socket.end(fatal('25P03', 'terminating connection due to idle-in-transaction timeout'));
    this.#leave(session);
  }

  #leave(session: Session): void {
    if (!this.#sessions.delete(session)) return;
    session.units.length = 0;
    const index = this.#waiting.indexOf(session);
    if (index !== -1) this.#waiting.splice(index, 1);
    if (this.#holder !== session) return;
    clearTimeout(this.#idleTimer);
    // Sync first: after an error, the engine skips all messages until a Sync.
    if (session.insideStatement) this.#collect(message('S', Buffer.alloc(0)));
    if (this.#engine.inTransaction()) this.#collect(message('Q', Buffer.from('ROLLBACK\0')));
    this.#holder = undefined;
    this.#resetAfter(session);
    this.#scheduleStep();
  }

  #resetAfter({ settings }: Session): void {
    if (settings?.endTurn() === true) this.#collect(message('Q', Buffer.from(`${RESET_QUERY}\0`)));
  }

  #collect(messages: Uint8Array): Buffer {
    const answer: Buffer[] = [];
    this.#engine.run(messages, (bytes) => void answer.push(Buffer.from(bytes)));
    return Buffer.concat(answer);
  }
}

/** Messages that run together. `endsStatement` is false when the client has flushed and will send more. */
interface Unit {
  readonly messages: Uint8Array;
  readonly endsStatement: boolean;
}

/** A connection: splits its bytes into messages, and groups them into units that can run. */
class Session {
  readonly socket: Socket;
  readonly units: Unit[] = [];
  greeted = false;
  isHealthCheck = false;
  insideStatement = false;
  /** Undefined for the program's own connections. */
  settings: SessionSettings | undefined;
  #chunks: Buffer[] = [];
  #chunkBytes = 0;
  #gathered: Buffer[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
  }

  append(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#chunkBytes += bytes.length;
  }

  /** Takes a startup packet, which has a length and a code but no type. */
  takeStartup(): Buffer | undefined {
    const length = this.#peekLength(0);
    if (length === undefined) return undefined;
    if (length < 8 || length > 10_000) {
      this.socket.destroy();
      return undefined;
    }
    return this.#take(length);
  }

  takeMessage(): Buffer | 'too-long' | undefined {
    const length = this.#peekLength(1);
    if (length === undefined) return undefined;
    if (length < 4 || length > MESSAGE_BYTES_MAX) return 'too-long';
    return this.#take(1 + length);
  }

  /** @returns true when a unit is complete */
  add(received: Buffer): boolean {
    this.#gathered.push(received);
    const type = received[0];
    if (type !== QUERY && type !== SYNC && type !== FLUSH && type !== FUNCTION_CALL) return false;
    this.units.push({ messages: Buffer.concat(this.#gathered), endsStatement: type !== FLUSH });
    this.#gathered = [];
    return true;
  }

  #peekLength(at: number): number | undefined {
    if (this.#chunkBytes < at + 4) return undefined;
    if ((this.#chunks[0]?.length ?? 0) < at + 4) this.#join();
    return this.#chunks[0]?.readInt32BE(at);
  }

  #take(length: number): Buffer | undefined {
    // Join complete messages only, so that each is copied once.
    if (this.#chunkBytes < length) return undefined;
    this.#join();
    const all = this.#chunks[0] ?? Buffer.alloc(0);
    this.#chunks = length < all.length ? [all.subarray(length)] : [];
    this.#chunkBytes -= length;
    return all.subarray(0, length);
  }

  #join(): void {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
  }
}

// See https://www.postgresql.org/docs/current/protocol-message-formats.html
const PROTOCOL_3 = 196_608;
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const QUERY = 0x51;
const SYNC = 0x53;
const FLUSH = 0x48;
const FUNCTION_CALL = 0x46;
const TERMINATE = 0x58;

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

function startupMessage(user: string, database: string): Buffer {
  const body = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + body.length, 0);
  head.writeInt32BE(PROTOCOL_3, 4);
  return Buffer.concat([head, body]);
}

function fatal(sqlState: string, text: string): Buffer {
  return message('E', Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${text}\0\0`));
}

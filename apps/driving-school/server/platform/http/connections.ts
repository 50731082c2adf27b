import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { BlockList, isIPv6, type Socket } from 'node:net';
import type { Clock } from 'dualbrake';

/** Limits on connections. Times are in milliseconds. */
export interface ConnectionLimits {
  /** Open connections in total. */
  readonly totalMax: number;
  /** Open connections of one IPv4 address, or of one IPv6 network of 64 bits, the usual size for one customer. */
  readonly perAddressMax: number;
  /** Pipelined requests per connection that wait while an earlier one is processed. */
  readonly queuedMax: number;
  /** Bytes of responses that all clients together have not read yet. */
  readonly unreadBytesMax: number;
  /** How long a connection may transfer nothing, in either direction. */
  readonly idleMs: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headersMs: number;
  /** From the first byte of a request to the end of its body. */
  readonly requestMs: number;
  /** Between two requests. Longer than the keep-alive time of proxies, so that the proxy closes first. */
  readonly keepAliveMs: number;
  /** From the request to the last byte of the response that the client reads. Event streams have limits of their own. */
  readonly answerMs: number;
}

const defaults: ConnectionLimits = {
  totalMax: 1_000,
  perAddressMax: 256,
  queuedMax: 4,
  unreadBytesMax: 32 * 1024 * 1024,
  idleMs: 30_000,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 65_000,
  answerMs: 120_000,
};

/** Why the server closed connections. */
export type CloseReason = 'total' | 'address' | 'unread' | 'pipelined' | 'slow';

/** How often slow responses are checked, and closed connections are logged. */
const sweepMs = 5_000;
/** Connections younger than this are closed last of the anonymous ones: their first request may authenticate them. */
const graceMs = 2_000;
/** How long a client can read why its request was refused before the connection is destroyed. */
const lingerMs = 2_000;
/** Unread bytes are only counted with at least this many responses in progress: fewer can't add up to much. */
const countBytesFrom = 16;

/** Options of a `ConnectionGuard`. */
export interface ConnectionGuardOptions {
  readonly clock: Clock;
  /** Addresses or networks of proxies. They have no limit per address, because each serves many clients. */
  readonly trustedProxies?: readonly string[];
  readonly limits?: Partial<ConnectionLimits>;
  /** Called with the number of closed connections by reason, at most every few seconds. */
  readonly onClosed?: (counts: Readonly<Partial<Record<CloseReason, number>>>) => void;
}

interface Connection {
  readonly socket: Socket;
  /** The key of the limit per address; `undefined` for a proxy. */
  readonly address: string | undefined;
  readonly openedAt: number;
  /** When it was opened, or last began or finished a response. */
  movedAt: number;
  /** Whether an authenticated client uses it. */
  isAuthenticated: boolean;
  isStream: boolean;
  /** Whether its last response has been sent. */
  isDismissed: boolean;
  answering: ServerResponse | undefined;
  readonly queue: (() => void)[];
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const connections = new WeakMap<Socket, Connection>();

/** Marks the connection of a request as used by an authenticated client: anonymous clients can't displace it. */
export function markConnectionAuthenticated({ raw }: { readonly raw: IncomingMessage }): void {
  const connection = connections.get(raw.socket);
  if (connection !== undefined) connection.isAuthenticated = true;
}

/** Exempts a stream of events from the time limit of responses. */
export function markStream({ raw }: { readonly raw: IncomingMessage }): void {
  const connection = connections.get(raw.socket);
  if (connection !== undefined) connection.isStream = true;
}

/**
 * Limits connections. A new connection is always accepted; when there are too many, the least valuable one is closed:
 * anonymous before authenticated ones, and the longest without progress first. A flood therefore displaces itself, and
 * not a signed-in user who shares its address.
 */
export class ConnectionGuard {
  readonly limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #proxies: BlockList;
  readonly #onClosed: ConnectionGuardOptions['onClosed'];
  readonly #open = new Set<Connection>();
  readonly #byAddress = new Map<string, Set<Connection>>();
  readonly #answering = new Set<Connection>();
  readonly #closed: Partial<Record<CloseReason, number>> = {};
  #unreported: Partial<Record<CloseReason, number>> = {};
  #cancelSweep: (() => void) | undefined;

  constructor({ clock, trustedProxies = [], limits = {}, onClosed }: ConnectionGuardOptions) {
    this.limits = { ...defaults, ...limits };
    this.#clock = clock;
    this.#proxies = blockListOf(trustedProxies);
    this.#onClosed = onClosed;
  }

  /** Creates a server with guarded connections. Several servers can share one guard. */
  serve(handler: Handler, options: ServerOptions = {}): Server {
    const { headersMs, requestMs, keepAliveMs, idleMs } = this.limits;
    const server = createServer({
      ...options,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: sweepMs,
    });
    server.setTimeout(idleMs);
    server.on('connection', (socket: Socket) => this.#admit(socket));
    server.once('close', () => {
      this.#cancelSweep?.();
      this.#cancelSweep = undefined;
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#receive(request, response, handler);
    });
    return server;
  }

  /** The number of open connections. */
  get open(): number {
    return this.#open.size;
  }

  /** The number of connections that the server has closed, by reason. */
  get closed(): Readonly<Partial<Record<CloseReason, number>>> {
    return this.#closed;
  }

  /** Sends a last response. The connection is destroyed soon after, whether the client reads it or not. */
  dismiss(socket: Socket, response: string): void {
    const connection = connections.get(socket);
    if (connection !== undefined) connection.isDismissed = true;
    const cancel = this.#clock.after(lingerMs, () => socket.destroy(), { background: true });
    socket.once('close', cancel);
    socket.once('end', () => socket.destroySoon());
    socket.end(response);
  }

  #admit(socket: Socket): void {
    const now = this.#clock.now();
    const connection: Connection = {
      socket,
      address: this.#addressOf(socket),
      openedAt: now,
      movedAt: now,
      isAuthenticated: false,
      isStream: false,
      isDismissed: false,
      answering: undefined,
      queue: [],
    };
    const neighbours = this.#neighboursOf(connection);
    if (neighbours !== undefined && neighbours.size >= this.limits.perAddressMax) this.#makeRoom(neighbours, 'address');
    if (this.#open.size >= this.limits.totalMax) this.#makeRoom(this.#open, 'total');
    connections.set(socket, connection);
    this.#open.add(connection);
    neighbours?.add(connection);
    socket.once('close', () => this.#forget(connection));
    this.#cancelSweep ??= this.#clock.after(sweepMs, () => this.#sweep(), { background: true });
  }

  /** Processes one request at a time per connection. Pipelined requests wait in a queue of limited length. */
  #receive(request: IncomingMessage, response: ServerResponse, handler: Handler): void {
    const connection = connections.get(request.socket);
    if (connection === undefined) return handler(request, response);
    if (connection.isDismissed) return;
    const begin = (): void => this.#begin(connection, response, () => handler(request, response));
    if (connection.answering === undefined) begin();
    else if (connection.queue.length < this.limits.queuedMax) connection.queue.push(begin);
    else this.#close(connection, 'pipelined');
  }

  #begin(connection: Connection, response: ServerResponse, handle: () => void): void {
    connection.answering = response;
    connection.movedAt = this.#clock.now();
    this.#answering.add(connection);
    response.once('close', () => {
      connection.answering = undefined;
      connection.isStream = false;
      connection.movedAt = this.#clock.now();
      this.#answering.delete(connection);
      if (!connection.socket.destroyed) connection.queue.shift()?.();
    });
    this.#boundUnread();
    handle();
  }

  /** Limits the memory of responses that clients don't read, for all connections together. */
  #boundUnread(): void {
    if (this.#answering.size < countBytesFrom) return;
    let unread = 0;
    for (const { answering } of this.#answering) unread += answering?.writableLength ?? 0;
    if (unread <= this.limits.unreadBytesMax) return;
    const holders = [...this.#answering]
      .filter(({ answering }) => (answering?.writableLength ?? 0) > 0)
      .toSorted((one, other) => this.#compare(one, other, this.#clock.now()));
    for (const holder of holders) {
      if (unread <= this.limits.unreadBytesMax / 2) return;
      unread -= holder.answering?.writableLength ?? 0;
      this.#close(holder, 'unread');
    }
  }

  #makeRoom(candidates: ReadonlySet<Connection>, reason: CloseReason): void {
    const now = this.#clock.now();
    let least: Connection | undefined;
    for (const candidate of candidates) {
      if (least === undefined || this.#compare(candidate, least, now) < 0) least = candidate;
    }
    if (least !== undefined) this.#close(least, reason);
  }

  /** Negative when the first is worth less. */
  #compare(one: Connection, other: Connection, now: number): number {
    return worthOf(one, now) - worthOf(other, now) || one.movedAt - other.movedAt;
  }

  #close(connection: Connection, reason: CloseReason): void {
    this.#closed[reason] = (this.#closed[reason] ?? 0) + 1;
    this.#unreported[reason] = (this.#unreported[reason] ?? 0) + 1;
    // Now, because the socket emits `close` only later.
    this.#forget(connection);
    // Reset, so that the operating system discards unread bytes.
    connection.socket.resetAndDestroy();
  }

  #forget(connection: Connection): void {
    this.#open.delete(connection);
    this.#answering.delete(connection);
    connection.queue.length = 0;
    const neighbours = connection.address === undefined ? undefined : this.#byAddress.get(connection.address);
    neighbours?.delete(connection);
    if (connection.address !== undefined && neighbours?.size === 0) this.#byAddress.delete(connection.address);
  }

  #sweep(): void {
    this.#cancelSweep = undefined;
    const now = this.#clock.now();
    for (const connection of this.#answering) {
      if (!connection.isStream && now - connection.movedAt > this.limits.answerMs) this.#close(connection, 'slow');
    }
    this.#boundUnread();
    if (Object.keys(this.#unreported).length > 0) {
      this.#onClosed?.(this.#unreported);
      this.#unreported = {};
    }
    if (this.#open.size > 0) {
      this.#cancelSweep = this.#clock.after(sweepMs, () => this.#sweep(), { background: true });
    }
  }

  #neighboursOf({ address }: Connection): Set<Connection> | undefined {
    if (address === undefined) return undefined;
    const known = this.#byAddress.get(address) ?? new Set<Connection>();
    this.#byAddress.set(address, known);
    return known;
  }

  #addressOf({ remoteAddress }: Socket): string | undefined {
    // Undefined if the client has already disconnected.
    if (remoteAddress === undefined) return undefined;
    const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/i, '');
    if (this.#proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return undefined;
    return isIPv6(address) ? networkOf(address) : address;
  }
}

/** The connections with the lowest value are closed first. */
function worthOf({ isDismissed, isAuthenticated, answering, openedAt }: Connection, now: number): number {
  if (isDismissed) return 0;
  if (isAuthenticated) return answering === undefined ? 3 : 4;
  return now - openedAt >= graceMs ? 1 : 2;
}

/** The first 64 bits of an IPv6 address. */
export function networkOf(address: string): string {
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

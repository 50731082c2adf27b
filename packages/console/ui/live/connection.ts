import { backoffMs } from '@dualbrake/kit/poller';
import { LAGGING_AFTER_MS, STALE_AFTER_MS } from './freshness.ts';

/** Interval of polling while the stream is silent; failures back off from here. */
export const POLL_MS = 5_000;
/** First delay before a refused stream is reopened; further refusals back off from here. */
export const REOPEN_MS = 2_000;

/** How updates arrive, and when to poll or reopen the stream. Times are readings of one monotonic clock, in milliseconds. */
export interface Connection {
  readonly mode: 'connecting' | 'stream' | 'poll';
  /** When the server last sent something, by stream or poll. */
  readonly receivedAtMs: number | undefined;
  readonly pollAtMs: number;
  readonly openAtMs: number;
  /** Consecutive refusals of the stream. */
  readonly refusals: number;
  /** Consecutive failed polls. */
  readonly failedPolls: number;
}

export type ConnectionEvent =
  | 'opening'
  | 'received'
  /** The browser reconnects the stream automatically. */
  | 'interrupted'
  /** The browser has given up on the stream. */
  | 'refused'
  | 'polling'
  | 'poll-succeeded'
  | 'poll-failed';

/** A connection for which everything is due at once. */
export function newConnection(nowMs: number): Connection {
  return { mode: 'connecting', receivedAtMs: undefined, pollAtMs: nowMs, openAtMs: nowMs, refusals: 0, failedPolls: 0 };
}

/**
 * The connection after an event.
 *
 * @param random from 0 to 1, 1 excluded: spreads the retries of many pages
 */
export function after(
  connection: Connection,
  event: ConnectionEvent,
  nowMs: number,
  random: () => number = Math.random,
): Connection {
  switch (event) {
    case 'opening':
      // A stream that opens but stays silent, for example behind a buffering proxy, is reopened.
      return { ...connection, openAtMs: nowMs + STALE_AFTER_MS };
    case 'received':
      return {
        mode: 'stream',
        receivedAtMs: nowMs,
        pollAtMs: nowMs + LAGGING_AFTER_MS,
        openAtMs: nowMs + STALE_AFTER_MS,
        refusals: 0,
        failedPolls: 0,
      };
    case 'interrupted':
      return withoutStream(connection, nowMs);
    case 'refused': {
      const refusals = connection.refusals + 1;
      const waitMs = backoffMs(refusals, random, { baseMs: REOPEN_MS });
      return { ...withoutStream(connection, nowMs), openAtMs: nowMs + waitMs, refusals };
    }
    case 'polling':
      return { ...connection, pollAtMs: nowMs + POLL_MS };
    case 'poll-failed': {
      const failedPolls = connection.failedPolls + 1;
      return { ...connection, failedPolls, pollAtMs: nowMs + backoffMs(failedPolls, random, { baseMs: POLL_MS }) };
    }
    case 'poll-succeeded':
      break;
  }
  const isStreaming = connection.mode === 'stream' && nowMs < (connection.receivedAtMs ?? -Infinity) + LAGGING_AFTER_MS;
  const mode = isStreaming ? 'stream' : 'poll';
  return { ...connection, mode, receivedAtMs: nowMs, pollAtMs: nowMs + POLL_MS, failedPolls: 0 };
}

export function isDue(connection: Connection, nowMs: number): { readonly poll: boolean; readonly open: boolean } {
  return { poll: nowMs >= connection.pollAtMs, open: nowMs >= connection.openAtMs };
}

/** Polls at once on the first interruption only: the browser's own reconnects fail every few seconds. */
function withoutStream(connection: Connection, nowMs: number): Connection {
  return connection.mode === 'stream' ? { ...connection, mode: 'poll', pollAtMs: nowMs } : connection;
}

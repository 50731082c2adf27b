import { backoffMs } from '@dualbrake/kit/poller';
import { LAGGING_AFTER_MS, STALE_AFTER_MS } from './freshness.ts';

/** While nothing comes by the stream, the report is asked for this often; with backoff while that fails, too. */
export const POLL_MS = 5_000;
/** The first wait before a refused stream is requested again. It grows with each further refusal. */
export const REOPEN_MS = 2_000;

/** By which way news come, and what is to be done when. Times are readings of one monotonic clock, in milliseconds. */
export interface Connection {
  /** `stream`: pushed by the server. `poll`: asked for, because the stream brings nothing. */
  readonly way: 'connecting' | 'stream' | 'poll';
  /** When the server was last heard, by either way. */
  readonly heardAtMs: number | undefined;
  readonly pollAtMs: number;
  /** When the stream is opened anew. */
  readonly openAtMs: number;
  /** Refusals of the stream in a row. */
  readonly refusals: number;
  /** Polls in a row without an answer. */
  readonly unanswered: number;
}

/** What happens to a connection. */
export type Happening =
  /** The stream has been asked for. */
  | 'opening'
  /** The stream brought something. */
  | 'heard'
  /** The stream broke; the browser opens it again by itself. */
  | 'broken'
  /** The server does not give a stream; the browser has given up. */
  | 'refused'
  /** The report has been asked for. */
  | 'asking'
  /** The report came. */
  | 'answered'
  /** The report did not come. */
  | 'unanswered';

/** @param nowMs everything is due at once */
export function newConnection(nowMs: number): Connection {
  return { way: 'connecting', heardAtMs: undefined, pollAtMs: nowMs, openAtMs: nowMs, refusals: 0, unanswered: 0 };
}

/**
 * The connection after `happening`. What is due is done by whoever asks `isDue`.
 *
 * @param random spreads the waits of many pages; a number from 0 to 1, 1 excluded
 */
export function after(
  connection: Connection,
  happening: Happening,
  nowMs: number,
  random: () => number = Math.random,
): Connection {
  switch (happening) {
    case 'opening':
      // A stream that opens and stays silent, as behind a proxy that collects, is opened anew.
      return { ...connection, openAtMs: nowMs + STALE_AFTER_MS };
    case 'heard':
      return {
        way: 'stream',
        heardAtMs: nowMs,
        pollAtMs: nowMs + LAGGING_AFTER_MS,
        openAtMs: nowMs + STALE_AFTER_MS,
        refusals: 0,
        unanswered: 0,
      };
    case 'broken':
      return withoutStream(connection, nowMs);
    case 'refused': {
      const refusals = connection.refusals + 1;
      const waitMs = backoffMs(refusals, random, { baseMs: REOPEN_MS });
      return { ...withoutStream(connection, nowMs), openAtMs: nowMs + waitMs, refusals };
    }
    case 'asking':
      return { ...connection, pollAtMs: nowMs + POLL_MS };
    case 'unanswered': {
      const unanswered = connection.unanswered + 1;
      return { ...connection, unanswered, pollAtMs: nowMs + backoffMs(unanswered, random, { baseMs: POLL_MS }) };
    }
    case 'answered':
      break;
  }
  const streams =
    connection.way === 'stream' &&
    connection.heardAtMs !== undefined &&
    nowMs < connection.heardAtMs + LAGGING_AFTER_MS;
  return {
    ...connection,
    way: streams ? 'stream' : 'poll',
    heardAtMs: nowMs,
    pollAtMs: nowMs + POLL_MS,
    unanswered: 0,
  };
}

/** What has to be done now. */
export function isDue(connection: Connection, nowMs: number): { readonly poll: boolean; readonly open: boolean } {
  return { poll: nowMs >= connection.pollAtMs, open: nowMs >= connection.openAtMs };
}

/** At once, but only when it breaks: the browser fails again every few seconds. */
function withoutStream(connection: Connection, nowMs: number): Connection {
  return connection.way === 'stream' ? { ...connection, way: 'poll', pollAtMs: nowMs } : connection;
}

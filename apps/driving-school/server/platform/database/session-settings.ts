/**
 * Settings that another program (psql, pg_dump) has made in the one session that all connections of the embedded database
 * share. At the end of its turn the session is reset, so that the application is not affected; at its next turn
 * its settings are made again, because the program relies on them.
 */

/** Resets everything that a connection can leave behind in a session, outside of a transaction. */
export const RESET_QUERY = 'DISCARD ALL';

/** Statements after which a session is not as it was. A match too many costs a reset. */
const leavesTraces =
  /\b(set|set_config|reset|discard|prepare|execute|declare|listen|load|do|call|temp|temporary|nextval|pg_advisory_lock\w*|pg_try_advisory_lock\w*)\b/i;

/** One statement that makes a setting for the whole session, and does nothing else; with the name of the setting. */
const setsOnly =
  /^\s*(?:set\s+(?:session\s+)?(?!local\b|transaction\b|constraints\b)(?<set>[\w.]+)[^;]*|select\s+(?:pg_catalog\.)?set_config\s*\(\s*'(?<config>[\w.]+)'[^;()]*\))\s*;?\s*$/i;

/** One statement that takes settings back. */
const resets = /^\s*(?:reset|discard)\s+(?<reset>[\w.]+)\s*;?\s*$/i;

/** Settings of one connection. */
export class SessionSettings {
  /** The last statement for each setting, by its name. */
  readonly #made = new Map<string, Uint8Array>();
  #hasTraces = false;

  /** Notes a unit of messages that the connection has run. */
  note(messages: Uint8Array): void {
    const text = Buffer.from(messages.buffer, messages.byteOffset, messages.byteLength).toString('latin1');
    if (!leavesTraces.test(text)) return;
    this.#hasTraces = true;
    const query = simpleQuery(messages) ?? '';
    const { reset } = resets.exec(query)?.groups ?? {};
    if (reset?.toLowerCase() === 'all') this.#made.clear();
    else if (reset !== undefined) this.#made.delete(reset.toLowerCase());
    const { set, config } = setsOnly.exec(query)?.groups ?? {};
    const name = set ?? config;
    if (name !== undefined) this.#made.set(name.toLowerCase(), messages);
  }

  /** Makes the connection's settings again at the start of a turn. */
  restore(run: (messages: Uint8Array) => void): void {
    if (this.#made.size === 0) return;
    for (const messages of this.#made.values()) run(messages);
    this.#hasTraces = true;
  }

  /** At the end of a turn. @returns whether the session must be reset */
  endTurn(): boolean {
    const had = this.#hasTraces;
    this.#hasTraces = false;
    return had;
  }
}

/** The text of a single simple query; undefined for other messages. */
function simpleQuery(messages: Uint8Array): string | undefined {
  const buffer = Buffer.from(messages.buffer, messages.byteOffset, messages.byteLength);
  if (buffer[0] !== 0x51 || buffer.readInt32BE(1) + 1 !== buffer.length) return undefined;
  return buffer.toString('utf8', 5, buffer.length - 1);
}

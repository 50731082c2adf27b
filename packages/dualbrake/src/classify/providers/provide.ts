import { evidence, type Found, type Row } from '../rule.ts';
import { readText } from '../safe-read.ts';
import { thrownOf, type Client } from './client.ts';

/** Clients of one kind. */
export interface ClientGroup {
  /** Display name. */
  readonly name: string;
  /** In order of precedence; the first client that identifies an error as its own decides. */
  readonly clients: readonly Client[];
  /** Clients whose errors are only identified by their message. */
  readonly spoken?: readonly Client[];
  /** Messages: a whole sentence in lower case without its full stop, or a pattern. */
  readonly words: readonly (readonly [words: string | RegExp, found: Row])[];
}

/** What the classifier needs from the supported clients. */
export interface Providers {
  /** Classifies errors of clients: identified by name and shape, then classified by code. */
  readonly rule: (error: unknown) => Found | undefined;
  /** The same for errors that only have a message. */
  readonly spokenRule: (error: unknown) => Found | undefined;
  readonly words: ClientGroup['words'];
  /** Rows of the table by group. */
  readonly sources: readonly { readonly name: string; readonly rows: readonly Row[] }[];
}

/** The start of messages that identify an error, or a part of them. */
const begins = /net::ERR_|NS_ERROR_|^(?:Handshake|Channel|Connection) /;

/** Combines groups of clients. */
export function provide(groups: readonly ClientGroup[]): Providers {
  const clients = groups.flatMap((group) => group.clients);
  const spoken = groups.flatMap((group) => group.spoken ?? []);
  return {
    rule: (error) => (typeof error === 'object' && error !== null ? judgedBy(clients, error) : undefined),
    spokenRule: (error) => (begins.test(readText(error, 'message') ?? '') ? judgedBy(spoken, error) : undefined),
    words: groups.flatMap(({ words }) => words),
    sources: groups.map((group) => ({
      name: group.name,
      rows: [...new Set([...group.clients.flatMap(({ rows }) => rows), ...group.words.map(([, found]) => found)])],
    })),
  };
}

function judgedBy(clients: readonly Client[], error: unknown): Found | undefined {
  const thrown = thrownOf(error);
  for (const each of clients) {
    const found = each.judge(thrown);
    if (found !== undefined) return { row: found, rank: evidence.driver };
  }
  return undefined;
}

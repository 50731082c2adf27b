import { evidence, type Found, type Row } from '../rule.ts';
import { readText } from '../safe-read.ts';
import { thrownOf, type Client } from './client.ts';

/** Clients of one kind. */
export interface ClientGroup {
  /** For people. */
  readonly name: string;
  /** In the order in which they are asked; the first that knows an error as its own decides. */
  readonly clients: readonly Client[];
  /** Those of them that are known by their words alone. */
  readonly spoken?: readonly Client[];
  /** What they say in words: a whole sentence in small letters and without its full stop, or a pattern. */
  readonly words: readonly (readonly [words: string | RegExp, found: Row])[];
}

/** What the classifier asks of clients that have a grammar of their own. */
export interface Providers {
  /** Errors of clients: known by name and shape, and only then by code. */
  readonly rule: (error: unknown) => Found | undefined;
  /** The same for errors that have nothing but their words. */
  readonly spokenRule: (error: unknown) => Found | undefined;
  readonly words: ClientGroup['words'];
  /** Rows by group, for people to read. */
  readonly sources: readonly { readonly name: string; readonly rows: readonly Row[] }[];
}

/** How the messages of those who are known by words begin, or what is in them. */
const begins = /net::ERR_|NS_ERROR_|^(?:Handshake|Channel|Connection) /;

/** Puts groups of clients together. */
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

import { evidence, type Found, type Row } from '../rule.ts';
import { readText } from '../safe-read.ts';
import { thrownOf, type Client } from './client.ts';
import { databases } from './databases.ts';
import { local, localGrammars } from './local.ts';
import { messaging, messagingGrammars } from './messaging.ts';
import { protocols, tokens } from './protocols.ts';
import { webApis } from './web-apis.ts';

/** Clients in the order in which they are asked; the first that knows an error as its own decides. */
const clients: readonly Client[] = [...webApis, ...messaging, ...databases, ...protocols, tokens, ...local];

/** Errors of clients that have a grammar of their own: known by name and shape, and only then by code. */
export function providersRule(error: unknown): Found | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const thrown = thrownOf(error);
  for (const each of clients) {
    const found = each.judge(thrown);
    if (found !== undefined) return { row: found, rank: evidence.driver };
  }
  return undefined;
}

const grammars: readonly Client[] = [...messagingGrammars, ...localGrammars];

/** How their messages are told from others without a closer look. */
const begins = /net::ERR_|^(?:Handshake|Channel|Connection) /;

/** The same for errors that have nothing but their words. */
export function grammarsRule(error: unknown): Found | undefined {
  if (!begins.test(readText(error, 'message') ?? '')) return undefined;
  const thrown = thrownOf(error);
  for (const each of grammars) {
    const found = each.judge(thrown);
    if (found !== undefined) return { row: found, rank: evidence.driver };
  }
  return undefined;
}

const unique = (all: readonly Client[]): readonly Row[] => [...new Set(all.flatMap(({ rows }) => rows))];

/** The tables, for people to read. */
export const webApiRows = unique(webApis);
export const messagingRows = unique(messaging);
export const databaseRows = unique(databases);
export const protocolRows = unique([...protocols, tokens]);
export const localRows = unique(local);

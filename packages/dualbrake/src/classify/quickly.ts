import { httpRule, statusWordsRule } from './http.ts';
import { hintRule } from './hints.ts';
import { nodeCodeRule, nodeRule, programmerRule, systemRule } from './node.ts';
import type { Found } from './rule.ts';
import { providers } from './providers/index.ts';
import { read } from './safe-read.ts';
import { sqliteRule } from './sqlite.ts';
import { wordsRule } from './words.ts';

/** Properties of Node's system errors, in addition to message and stack. */
const systemProperties = new Set(['code', 'errno', 'syscall', 'address', 'port', 'hostname', 'path', 'dest']);
/** Properties of undici's errors. */
const undiciProperties = new Set(['name', 'code', 'socket']);
const nativePrototypes = new Set<unknown>(
  [Error, TypeError, RangeError, SyntaxError, ReferenceError].map(({ prototype }) => prototype as unknown),
);
/** Sources that identify errors by their message. */
const wordSources = [
  sqliteRule,
  providers.spokenRule,
  wordsRule,
  nodeRule,
  statusWordsRule,
  programmerRule,
  hintRule,
] as const;

/**
 * Fast path for the most common errors, because every call of an outage ends with one. The result is the same as without it.
 *
 * @param unknown the classification of unknown errors
 * @returns `undefined` for all other errors
 */
export function quickly(error: unknown, unknown: Found): Found | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const prototype: unknown = Object.getPrototypeOf(error);
  if (prototype === Error.prototype) {
    const found = bySystem(error as Error);
    if (found !== undefined) return found;
  } else if (prototype === TypeError.prototype) {
    const found = byFetch(error as Error);
    if (found !== undefined) return found;
  } else if (!nativePrototypes.has(prototype)) {
    return Object.prototype.toString.call(error) === '[object Response]' ? httpRule(error) : byUndici(error);
  }
  return hasOnlyWords(error as Error, prototype as Error) ? byWords(error, unknown) : undefined;
}

/** A plain `Error` with a system error code and nothing else. */
function bySystem(error: Error & { readonly code?: unknown; readonly syscall?: unknown }): Found | undefined {
  for (const name in error) if (!systemProperties.has(name)) return undefined;
  const { code, syscall, cause, message } = error;
  if (typeof code !== 'string' || cause !== undefined || typeof message !== 'string') return undefined;
  if (syscall !== undefined && typeof syscall !== 'string') return undefined;
  return systemRule(error, code, syscall);
}

/** `fetch failed`, classified by its cause. */
function byFetch(error: Error): Found | undefined {
  const { message, cause } = error;
  if (message !== 'fetch failed' || typeof cause !== 'object' || cause === null) return undefined;
  if (Object.getOwnPropertyNames(error).length > 3) return undefined;
  return Object.getPrototypeOf(cause) === Error.prototype ? bySystem(cause as Error) : byUndici(cause);
}

/** Codes that only undici uses. */
function byUndici(error: object): Found | undefined {
  const code = read(error, 'code');
  if (typeof code !== 'string' || !code.startsWith('UND_ERR_') || read(error, 'cause') !== undefined) return undefined;
  for (const name in error) if (!undiciProperties.has(name)) return undefined;
  return nodeCodeRule(error);
}

/** Whether it has nothing but a message, a stack, and the name of its class. */
function hasOnlyWords(error: Error, { name }: Error): boolean {
  return Object.getOwnPropertyNames(error).length <= 2 && Object.hasOwn(error, 'message') && error.name === name;
}

function byWords(error: unknown, unknown: Found): Found {
  for (const source of wordSources) {
    const found = source(error);
    if (found !== undefined) return found;
  }
  return unknown;
}

import { statSync, readFileSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Address } from './console-client.ts';
import { CommandError, type Surroundings } from './surroundings.ts';

type Declared = NonNullable<ParseArgsConfig['options']>;

const shared = {
  url: { type: 'string' },
  'token-file': { type: 'string' },
  json: { type: 'boolean' },
} as const satisfies Declared;

const DEFAULT_URL = 'http://127.0.0.1:3000/admin';

/** What was given after the command. */
export interface Given {
  readonly words: readonly string[];
  text(name: string): string | undefined;
  has(name: string): boolean;
}

/**
 * @param own options of the command beside those of all
 * @throws CommandError naming what is wrong
 */
export function readOptions(args: readonly string[], own: Declared, wordsMax: number): Given {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...shared, ...own },
      allowPositionals: true,
    });
    if (positionals.length > wordsMax) {
      throw new CommandError(
        `Unexpected argument "${positionals[wordsMax]}". Put text of several words in quotation marks.`,
        2,
      );
    }
    const all: Readonly<Record<string, unknown>> = values;
    return {
      words: positionals,
      text(name) {
        const value = all[name];
        return typeof value === 'string' ? value : undefined;
      },
      has: (name) => all[name] === true,
    };
  } catch (error) {
    if (error instanceof TypeError) throw new CommandError(firstSentence(error.message), 2);
    throw error;
  }
}

/** Node says more than is of use. */
function firstSentence(message: string): string {
  return `${message.split(/\. |\n/)[0]}.`.replace('..', '.');
}

/**
 * Where the console is and what opens it: from the options, else from the environment. A token is never an argument,
 * for all users of a machine see those.
 *
 * @throws CommandError
 */
export function addressOf(given: Given, { environment }: Surroundings): Address {
  const url = given.text('url') ?? (environment['DUALBRAKE_URL'] || DEFAULT_URL);
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new CommandError(`"${url}" is not a valid console URL. It should look like ${DEFAULT_URL}.`, 2);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new CommandError(
      'The URL must not contain a user name or password. Set the token with DUALBRAKE_TOKEN_FILE.',
      2,
    );
  }
  const file = given.text('token-file') ?? (environment['DUALBRAKE_TOKEN_FILE'] || undefined);
  const token = file === undefined ? environment['DUALBRAKE_TOKEN'] || undefined : tokenIn(file);
  if (token !== undefined && !/^[\x21-\x7e]{8,4096}$/.test(token)) {
    throw new CommandError('The token contains invalid characters or is shorter than 8 characters.', 2);
  }
  return { url: parsed.href.replace(/\/+$/, ''), token };
}

function tokenIn(file: string): string {
  let mode: number;
  let text: string;
  try {
    ({ mode } = statSync(file));
    text = readFileSync(file, 'utf8');
  } catch {
    throw new CommandError(`The token file "${file}" can’t be read.`, 2);
  }
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new CommandError(
      `Other users can read the token file "${file}". Run chmod 600 on it and create a new token.`,
      2,
    );
  }
  return text.trim();
}

import { readOperatorToken } from '../console/operator-token.ts';
import { readAddress } from '../platform/address-file.ts';
import { CommandError } from './command.ts';

/** An answer of the running program. */
export interface ProgramAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The program needs at most 10 s for an answer. */
const answerLimitMs = 15_000;

/**
 * Sends a request to the program that uses a data folder, with the operator's token.
 *
 * @returns undefined when no program runs there
 * @throws CommandError when something answers that is not this program
 */
export async function askProgram(
  dataDirectory: string,
  method: 'GET' | 'POST',
  path: string,
): Promise<ProgramAnswer | undefined> {
  const url = readAddress(dataDirectory);
  const token = readOperatorToken(dataDirectory);
  if (url === undefined || token === undefined) return undefined;
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(answerLimitMs),
    });
    text = await response.text();
  } catch (error) {
    // A killed program leaves its address behind.
    if (isRefused(error)) return undefined;
    throw new CommandError(`The program at ${url} does not respond. Try again in a few seconds.`, { cause: error });
  }
  if (response.status === 401) {
    throw new CommandError(
      `The program at ${url} does not accept the token in ${dataDirectory}: another program uses this address. Check DATA_DIR.`,
    );
  }
  return { status: response.status, body: parsed(text) };
}

function isRefused(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The sentence of a problem, for the user of a command. */
export function problemText({ status, body }: ProgramAnswer): string {
  const detail: unknown = typeof body === 'object' && body !== null && 'detail' in body ? body.detail : undefined;
  return typeof detail === 'string' ? detail : `The program answered ${status}.`;
}

import { objectOf, textOf, type Answer } from './answer.ts';
import { CommandError, type Surroundings } from './surroundings.ts';
import { plain } from './text.ts';

/** Where the console is, and what opens it. */
export interface Address {
  /** Such as `http://127.0.0.1:3000/admin`, without a slash at the end. */
  readonly url: string;
  readonly token: string | undefined;
}

/** An order whose answer was lost is sent again so often, with the same key: it takes effect once. */
const ORDER_TRIES = 3;
const PAUSE_MS = 300;
/** For all but streams. */
const LIMIT_MS = 15_000;

/** Asks the console. */
export class ConsoleClient {
  readonly #address: Address;
  readonly #surroundings: Surroundings;

  constructor(address: Address, surroundings: Surroundings) {
    this.#address = address;
    this.#surroundings = surroundings;
  }

  /** @throws CommandError */
  async get(path: string): Promise<Answer> {
    return objectOf(await this.#json(await this.#fetch(path, {})), 'content');
  }

  /** @throws CommandError */
  async text(path: string): Promise<string> {
    return (await this.#checked(await this.#fetch(path, {}))).text();
  }

  /** Takes effect once, also when its answer is lost. @throws CommandError */
  async order(method: 'PUT' | 'DELETE' | 'POST', path: string, body: Answer): Promise<Answer> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() };
    const init = { method, headers, body: JSON.stringify(body) };
    for (let tries = 1; ; tries += 1) {
      try {
        return objectOf(await this.#json(await this.#fetch(path, init)), 'content');
      } catch (error) {
        const isLost = error instanceof Unreachable;
        if (!isLost || tries === ORDER_TRIES || this.#surroundings.signal.aborted) throw error;
        await this.#surroundings.sleep(PAUSE_MS * tries);
      }
    }
  }

  /** A stream of events, for as long as it lasts. @throws CommandError */
  async stream(path: string, headers: Readonly<Record<string, string>>): Promise<ReadableStream<Uint8Array>> {
    const accept = { accept: 'text/event-stream', ...headers };
    const response = await this.#checked(await this.#fetch(path, { headers: accept }, this.#surroundings.signal));
    return response.body ?? new ReadableStream({ start: (controller) => controller.close() });
  }

  async #fetch(path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
    const { url, token } = this.#address;
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    const limited = signal ?? AbortSignal.any([this.#surroundings.signal, AbortSignal.timeout(LIMIT_MS)]);
    try {
      // A console does not send elsewhere, and a token must not go there.
      return await this.#surroundings.fetch(`${url}/api/v1/${path}`, {
        ...init,
        headers,
        redirect: 'manual',
        signal: limited,
      });
    } catch (error) {
      if (this.#surroundings.signal.aborted) throw new CommandError('Stopped.', 3);
      throw new Unreachable(url, error);
    }
  }

  async #json(response: Response): Promise<unknown> {
    const checked = await this.#checked(response);
    try {
      return (await checked.json()) as unknown;
    } catch (error) {
      if (error instanceof SyntaxError) throw noConsole(this.#address.url);
      throw new Unreachable(this.#address.url, error);
    }
  }

  async #checked(response: Response): Promise<Response> {
    if (response.ok) return response;
    if (!(response.headers.get('content-type') ?? '').startsWith('application/problem+json'))
      throw noConsole(this.#address.url);
    const problem = objectOf(await response.json().catch(() => ({})), 'problem');
    throw refusal(response.status, problem);
  }
}

/** Nothing came back: it is not known whether it was carried out. */
class Unreachable extends CommandError {
  constructor(url: string, cause: unknown) {
    super(
      `The console at ${url} can’t be reached${why(cause)}. Is the application running? Set its URL with --url or DUALBRAKE_URL.`,
      3,
    );
  }
}

function why(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const { code, name } = Object(cause) as { code?: unknown; name?: unknown };
  if (typeof code === 'string' && /^[A-Z_]{3,40}$/.test(code)) return ` (${code})`;
  return name === 'TimeoutError' ? ' (no answer within 15 s)' : '';
}

function noConsole(url: string): CommandError {
  return new CommandError(
    `${url} is not a console. Set its URL with --url or DUALBRAKE_URL, such as http://127.0.0.1:3000/admin.`,
    3,
  );
}

function refusal(status: number, problem: Answer): CommandError {
  const title = textOf(problem, 'title');
  const detail = textOf(problem, 'detail');
  const id = textOf(problem, 'correlation_id');
  const hint = status === 401 ? ' Set the token file with --token-file or DUALBRAKE_TOKEN_FILE.' : '';
  const text = `${title}: ${detail}${hint}${id === '' ? '' : ` (correlation id ${id})`}`;
  return new CommandError(plain(text), status === 401 ? 3 : 1);
}

import { brandError } from '../brand.ts';
import { RecoveryError } from '../errors.ts';

/**
 * A response that counts as a failure. Policies receive it as an error; callers of `guardedFetch` only with `judgedFailure: 'throw'`.
 *
 * @example
 * ```ts
 * try {
 *   await guardedFetch(retry(), { judgedFailure: 'throw' })('https://reports.example/lessons');
 * } catch (error) {
 *   if (error instanceof HttpResponseError) log.warn(`${error.status}: ${await error.response.text()}`);
 * }
 * ```
 */
export class HttpResponseError extends RecoveryError {
  static {
    brandError(this, 'HttpResponseError');
  }

  declare readonly name: 'HttpResponseError';
  readonly code = 'HTTP_RESPONSE';
  readonly status: number;
  /** The response. Its body has not been read. */
  readonly response: Response;

  /** The message contains only method, origin and status: the rest of a URL may contain personal data. */
  constructor(method: string, origin: string, response: Response) {
    super(`${method} ${origin} answered ${`${response.status} ${response.statusText}`.trim()}.`);
    this.status = response.status;
    this.response = response;
  }
}

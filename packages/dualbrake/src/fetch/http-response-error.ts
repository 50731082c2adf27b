import { brandError } from '../brand.ts';
import { RecoveryError } from '../errors.ts';

/** An answer that says that the call failed. The policies see it as an error; so does the caller, if he wants to. */
export class HttpResponseError extends RecoveryError {
  static {
    brandError(this, 'HttpResponseError');
  }

  declare readonly name: 'HttpResponseError';
  readonly code = 'HTTP_RESPONSE';
  readonly status: number;
  /** The answer itself; its body has not been read. */
  readonly response: Response;

  /** The message names method, origin and status: the rest of an address may say whom it is about. */
  constructor(method: string, origin: string, response: Response) {
    super(`${method} ${origin} answered ${`${response.status} ${response.statusText}`.trim()}.`);
    this.status = response.status;
    this.response = response;
  }
}

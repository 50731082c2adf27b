import { DatabaseRefusal } from '../database/refusal.ts';

/** The secret is missing, damaged, or does not match the data. The message has the next step. */
export class SecretError extends DatabaseRefusal {
  override readonly name = 'SecretError';
  readonly code = 'SECRET_REFUSED';
}

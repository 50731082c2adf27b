import { DatabaseRefusal } from '../database/refusal.ts';

/** The secret is missing, damaged, or another than the one that the data was sealed with. The message says what to do. */
export class SecretError extends DatabaseRefusal {
  override readonly name = 'SecretError';
  readonly code = 'SECRET_REFUSED';
}

import { idempotencyDigests } from './platform/idempotency.ts';
import type { SealedData } from './platform/keys/sealed-data.ts';
import { sealedLicenceNumbers } from './students/students.ts';

/** Everything in the database that depends on the secret. Add yours here when you seal something. */
export const sealedData: readonly SealedData[] = [sealedLicenceNumbers, idempotencyDigests];

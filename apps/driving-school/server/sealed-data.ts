import { consoleAuditKey } from './console/school-console.ts';
import { sealedTotpSecrets } from './platform/auth/sealed-totp-secrets.ts';
import { idempotencyDigests } from './platform/idempotency.ts';
import type { FolderKey, SealedData } from './platform/keys/sealed-data.ts';
import { sealedLicenceNumbers } from './students/students.ts';

/** Everything in the database that depends on the secret. Add new sealed data here. */
export const sealedData: readonly SealedData[] = [sealedLicenceNumbers, sealedTotpSecrets, idempotencyDigests];

/** Everything in the data folder that depends on the secret. */
export const folderKeys: readonly FolderKey[] = [consoleAuditKey];

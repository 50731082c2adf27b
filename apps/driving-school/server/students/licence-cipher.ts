import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { RefusalError } from '../platform/refusal-error.ts';

/** The version of the format, which is the first byte of an encrypted number. */
const format = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** The owner of a licence number. Authenticated with the number, so that it can't be moved to another row. */
export interface LicenceOwner {
  readonly schoolId: string;
  readonly studentId: string;
}

/** A licence number could not be decrypted: the secret has changed, or the row was tampered with. */
export class LicenceUnreadableError extends RefusalError {
  override readonly name = 'LicenceUnreadableError';
  readonly code = 'LICENCE_UNREADABLE';

  constructor(studentId: string) {
    super(`The licence number of student ${studentId} cannot be decrypted with the secret of this installation.`);
  }
}

/** Encrypts and decrypts licence numbers, and computes digests by which they can be found. */
export class LicenceCipher {
  readonly #sealingKey: Buffer;
  readonly #searchKey: Buffer;

  /** @param secrets derives a key of 32 bytes per purpose */
  constructor(secrets: { derive(purpose: string): Buffer }) {
    this.#sealingKey = secrets.derive('students.licence-number.seal');
    this.#searchKey = secrets.derive('students.licence-number.search');
  }

  /** @param licenceNumber in its normal form */
  seal(licenceNumber: string, owner: LicenceOwner): Buffer {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#sealingKey, nonce).setAAD(associated(owner));
    const sealed = Buffer.concat([cipher.update(licenceNumber, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(format), nonce, cipher.getAuthTag(), sealed]);
  }

  /** @throws LicenceUnreadableError */
  open(sealed: Uint8Array, owner: LicenceOwner): string {
    const bytes = Buffer.from(sealed);
    const textAt = 1 + nonceBytes + tagBytes;
    if (bytes.length <= textAt || bytes[0] !== format) throw new LicenceUnreadableError(owner.studentId);
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#sealingKey, bytes.subarray(1, 1 + nonceBytes))
        .setAAD(associated(owner))
        .setAuthTag(bytes.subarray(1 + nonceBytes, textAt));
      return Buffer.concat([decipher.update(bytes.subarray(textAt)), decipher.final()]).toString('utf8');
    } catch {
      // The cause is omitted: it is always a wrong tag.
      throw new LicenceUnreadableError(owner.studentId);
    }
  }

  /** Computes a digest of 32 bytes: equal for equal numbers of one school, different between schools. */
  digest(licenceNumber: string, schoolId: string): Buffer {
    return createHmac('sha256', this.#searchKey).update(`${schoolId}\n${licenceNumber}`).digest();
  }
}

function associated({ schoolId, studentId }: LicenceOwner): Buffer {
  return Buffer.from(`${schoolId}\n${studentId}`, 'utf8');
}

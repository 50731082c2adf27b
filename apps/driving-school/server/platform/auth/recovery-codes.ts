import { createHash, randomBytes } from 'node:crypto';
import { recoveryCodeCount } from '../../../contract/account.ts';

/** Crockford's base 32, without letters that look like digits. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 16 characters of 5 bits: 80 bits can't be guessed, so a fast hash is enough. */
const codeLength = 16;

/** Creates the codes of a user, such as `4T7X-9KQ2-MZ3B-W8RD`. They are shown once and stored as hashes. */
export function makeRecoveryCodes(): string[] {
  return Array.from({ length: recoveryCodeCount }, () => {
    const signs = Array.from(randomBytes(codeLength), (byte) => alphabet[byte & 31]).join('');
    return signs.replaceAll(/.{4}(?!$)/g, '$&-');
  });
}

/** Creates the salt of a user's codes. */
export function makeRecoverySalt(): Buffer {
  return randomBytes(16);
}

/** The stored hash of a code, 32 bytes. Ignores spaces, hyphens, case, and O or I for 0 or 1. */
export function hashRecoveryCode(code: string, salt: Uint8Array): Buffer {
  const plain = code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return createHash('sha256').update(salt).update(plain).digest();
}

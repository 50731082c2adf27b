import { createHash, randomBytes } from 'node:crypto';
import { recoveryCodeCount } from '../../../contract/account.ts';

/** Crockford's base 32: no letter that is read as a digit. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 16 characters of 5 bits: 80 bits, so nobody guesses one, and a fast hash keeps it. */
const codeLength = 16;

/** Fresh codes for one person, such as `4T7X-9KQ2-MZ3B-W8RD`. They exist here and on the person's paper. */
export function makeRecoveryCodes(): string[] {
  return Array.from({ length: recoveryCodeCount }, () => {
    const signs = Array.from(randomBytes(codeLength), (byte) => alphabet[byte & 31]).join('');
    return signs.replaceAll(/.{4}(?!$)/g, '$&-');
  });
}

/** A salt for one person's codes. */
export function makeRecoverySalt(): Buffer {
  return randomBytes(16);
}

/** What is kept of a code. Spaces, hyphens, letter case, and O or I for 0 or 1 make no difference. 32 bytes. */
export function hashRecoveryCode(code: string, salt: Uint8Array): Buffer {
  const plain = code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return createHash('sha256').update(salt).update(plain).digest();
}

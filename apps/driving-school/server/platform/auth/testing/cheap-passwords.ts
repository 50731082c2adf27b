import type { PasswordCost } from '../passwords.ts';

/** The least that argon2 accepts: tests hash hundreds of passwords. */
export const cheapPasswords: PasswordCost = { memoryKib: 8, passes: 1 };

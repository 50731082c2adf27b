import { sql, type Kysely } from 'kysely';
import type { IdentityTables } from './identity-tables.ts';
import { hashRecoveryCode, makeRecoveryCodes, makeRecoverySalt } from './recovery-codes.ts';
import type { TotpCipher } from './totp-cipher.ts';
import { totpStepOf } from './totp.ts';

/**
 * The verdict on a code. `locked`: after too many wrong codes, only a recovery code is accepted. `none`: the user has no
 * second factor.
 */
export type CodeVerdict = 'app' | 'recovery' | 'wrong' | 'locked' | 'none';

/** The status of a user's second factor. */
export interface FactorStatus {
  readonly enabledAt: Date;
  readonly recoveryCodesLeft: number;
}

/** NIST SP 800-63B 5.2.2 allows at most 100 consecutive wrong attempts, all by clients that know the password. */
const wrongCodesMax = 50;

/** Second factors: authenticator apps and recovery codes, in the tables `second_factors` and `recovery_codes`. */
export class SecondFactors {
  readonly #cipher: TotpCipher;

  constructor(cipher: TotpCipher) {
    this.#cipher = cipher;
  }

  async status(database: Kysely<IdentityTables>, userId: string): Promise<FactorStatus | undefined> {
    const row = await database
      .selectFrom('second_factors')
      .select('enabled_at')
      .select(
        sql<string>`(SELECT count(*) FROM recovery_codes AS code
          WHERE code.user_id = second_factors.user_id AND code.used_at IS NULL)`.as('left'),
      )
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row && { enabledAt: row.enabled_at, recoveryCodesLeft: Number(row.left) };
  }

  /**
   * Checks a code of the app, or a recovery code, which can't be used again.
   *
   * @param transaction must be committed whatever the verdict is, because it counts wrong codes
   * @param nowMs milliseconds since the epoch
   */
  async accept(
    transaction: Kysely<IdentityTables>,
    userId: string,
    typed: string,
    nowMs: number,
  ): Promise<CodeVerdict> {
    // Locked, so that concurrent requests can't use the same code twice.
    const factor = await transaction
      .selectFrom('second_factors')
      .selectAll()
      .where('user_id', '=', userId)
      .forUpdate()
      .executeTakeFirst();
    if (factor === undefined) return 'none';
    const code = typed.replaceAll(/[\s-]/g, '');
    if (!/^\d{6}$/.test(code)) {
      if (await useRecoveryCode(transaction, userId, hashRecoveryCode(code, factor.recovery_salt), nowMs)) {
        await settle(transaction, userId, { wrong_codes: 0 });
        return 'recovery';
      }
      await settle(transaction, userId, { wrong_codes: factor.wrong_codes + 1 });
      return 'wrong';
    }
    if (factor.wrong_codes >= wrongCodesMax) return 'locked';
    const step = totpStepOf(this.#cipher.open(factor.secret_sealed, userId), code, nowMs);
    if (step === undefined || step <= factor.last_step) {
      await settle(transaction, userId, { wrong_codes: factor.wrong_codes + 1 });
      return 'wrong';
    }
    await settle(transaction, userId, { wrong_codes: 0, last_step: step });
    return 'app';
  }

  /**
   * Turns the second factor on, or moves it to another app.
   *
   * @param code the first code of the app, which can't be used again
   * @returns the recovery codes, to be shown once; `undefined` when the code is wrong
   */
  async enable(
    transaction: Kysely<IdentityTables>,
    userId: string,
    { secret, code, nowMs }: { readonly secret: Buffer; readonly code: string; readonly nowMs: number },
  ): Promise<string[] | undefined> {
    const step = totpStepOf(secret, code.replaceAll(/\s/g, ''), nowMs);
    if (step === undefined) return undefined;
    const factor = {
      secret_sealed: this.#cipher.seal(secret, userId),
      last_step: step,
      wrong_codes: 0,
      recovery_salt: makeRecoverySalt(),
      enabled_at: new Date(nowMs),
    };
    await transaction
      .insertInto('second_factors')
      .values({ user_id: userId, ...factor })
      .onConflict((conflict) => conflict.column('user_id').doUpdateSet(factor))
      .execute();
    return this.renewRecoveryCodes(transaction, userId);
  }

  /** Replaces the recovery codes. @returns the new ones, to be shown once; `undefined` without a second factor */
  async renewRecoveryCodes(transaction: Kysely<IdentityTables>, userId: string): Promise<string[] | undefined> {
    const salt = makeRecoverySalt();
    const updated = await transaction
      .updateTable('second_factors')
      .set({ recovery_salt: salt })
      .where('user_id', '=', userId)
      .returning('user_id')
      .executeTakeFirst();
    if (updated === undefined) return undefined;
    const codes = makeRecoveryCodes();
    await transaction.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
    await transaction
      .insertInto('recovery_codes')
      .values(codes.map((code) => ({ user_id: userId, code_hash: hashRecoveryCode(code, salt) })))
      .execute();
    return codes;
  }

  /** Turns the second factor off. @returns whether it was on */
  async remove(transaction: Kysely<IdentityTables>, userId: string): Promise<boolean> {
    const removed = await transaction
      .deleteFrom('second_factors')
      .where('user_id', '=', userId)
      .returning('user_id')
      .executeTakeFirst();
    return removed !== undefined;
  }
}

async function settle(
  transaction: Kysely<IdentityTables>,
  userId: string,
  change: { readonly wrong_codes: number; readonly last_step?: number },
): Promise<void> {
  await transaction.updateTable('second_factors').set(change).where('user_id', '=', userId).execute();
}

async function useRecoveryCode(
  transaction: Kysely<IdentityTables>,
  userId: string,
  hash: Buffer,
  nowMs: number,
): Promise<boolean> {
  const used = await transaction
    .updateTable('recovery_codes')
    .set({ used_at: new Date(nowMs) })
    .where('user_id', '=', userId)
    .where('code_hash', '=', hash)
    .where('used_at', 'is', null)
    .returning('user_id')
    .executeTakeFirst();
  return used !== undefined;
}

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { LessonType } from '../../contract/booking/world.ts';
import type { WishText } from '../../contract/planning.ts';
import { PlanTokenInvalidError } from './plan-errors.ts';

/** Everything that booking a previewed plan needs. Instants are milliseconds since 1970. */
export interface SealedPlan {
  readonly student_id: string;
  readonly enrolment_id: string;
  readonly type: LessonType;
  readonly location_id: string;
  readonly minutes: number;
  readonly wishes: readonly WishText[];
  /** Start, instructor, vehicle. */
  readonly lessons: readonly (readonly [number, string, string | null])[];
  /** The last instant at which it can be booked. */
  readonly expires_at: number;
}

/**
 * Seals previewed plans as opaque text: what is booked is exactly what was previewed, without a row for every preview.
 * Bound to the school.
 */
export class PlanTokens {
  readonly #key: Buffer;

  constructor(secrets: { derive(purpose: string): Buffer }) {
    this.#key = secrets.derive('lesson-plans.token');
  }

  write(plan: SealedPlan, schoolId: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(schoolId));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(plan), 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** @throws PlanTokenInvalidError for any text that is not a token of this school */
  read(token: string, schoolId: string): SealedPlan {
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length < 29) throw new PlanTokenInvalidError();
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12))
        .setAAD(Buffer.from(schoolId))
        .setAuthTag(bytes.subarray(12, 28));
      const text = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
      return JSON.parse(text) as SealedPlan;
    } catch {
      throw new PlanTokenInvalidError();
    }
  }
}

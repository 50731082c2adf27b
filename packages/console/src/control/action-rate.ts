import { Problem } from '../problem.ts';

/** Limits the actions of each user in a minute; unused ones do not carry over. */
export class ActionRate {
  readonly #perMinute: number;
  readonly #used = new Map<string, { minute: number; count: number }>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** @throws Problem too-many-orders */
  take(userId: string, now: number): void {
    const minute = Math.floor(now / 60_000);
    const known = this.#used.get(userId);
    const used = known?.minute === minute ? known : { minute, count: 0 };
    if (used.count >= this.#perMinute) {
      const retryAfterSeconds = Math.ceil(((minute + 1) * 60_000 - now) / 1_000);
      const message = `Wait ${retryAfterSeconds} s before the next change.`;
      throw new Problem('too-many-orders', 'Too many requests', message, { retryAfterSeconds });
    }
    used.count += 1;
    this.#used.set(userId, used);
    if (this.#used.size > 10_000) this.#used.delete(this.#used.keys().next().value ?? '');
  }
}

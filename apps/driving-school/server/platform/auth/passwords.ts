import { hash, verify, type Options } from '@node-rs/argon2';

/** How much memory and time a hash takes. */
export interface PasswordCost {
  readonly memoryKib: number;
  readonly passes: number;
}

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const defaultCost: PasswordCost = { memoryKib: 19_456, passes: 2 };

/** Each hash uses one of libuv's four threads and 19 MiB. Two at a time leave threads for files. */
const runningMax = 2;
/** Limits memory, and the delay to what users accept. */
const waitingMax = 30;

/** Too many passwords are being checked. */
export class PasswordsBusyError extends Error {
  override readonly name = 'PasswordsBusyError';
  readonly code = 'PASSWORDS_BUSY';

  constructor() {
    super(`${runningMax} passwords are being checked and ${waitingMax} are waiting. Try again in a few seconds.`);
  }
}

/** Hashes and verifies passwords, a few at a time. */
export class Passwords {
  #running = 0;
  /** Calls from known devices have a queue of their own, which is served first. */
  readonly #ahead: (() => void)[] = [];
  readonly #waiting: (() => void)[] = [];
  /** The hash that is verified for an unknown e-mail address, so that it takes as long as a known one. */
  #decoy: Promise<string> | undefined;
  readonly #options: Options;

  constructor({ memoryKib, passes } = defaultCost) {
    this.#options = { algorithm: 2 /* argon2id */, memoryCost: memoryKib, timeCost: passes, parallelism: 1 };
  }

  /** Hashes a password to PHC form. @throws PasswordsBusyError */
  async hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(canonical(password), this.#options));
  }

  /**
   * Whether the password is right. Takes the same time without a hash.
   *
   * @param passwordHash PHC form; `undefined` for a user that does not exist or has no password
   * @param options `ahead`: whether the call is from a known device. Default: false
   * @throws PasswordsBusyError
   */
  async verify(
    password: string,
    passwordHash: string | undefined,
    { ahead = false }: { readonly ahead?: boolean } = {},
  ): Promise<boolean> {
    this.#decoy ??= hash('a user that does not exist', this.#options);
    const decoy = await this.#decoy;
    const isRight = await this.#inTurn(() => verify(passwordHash ?? decoy, canonical(password)), ahead);
    return isRight && passwordHash !== undefined;
  }

  async #inTurn<T>(work: () => Promise<T>, ahead = false): Promise<T> {
    if (this.#running >= runningMax) {
      const queue = ahead ? this.#ahead : this.#waiting;
      if (queue.length >= waitingMax) throw new PasswordsBusyError();
      // A call that ends starts the next one, so the count stays the same.
      await new Promise<void>((resolve) => queue.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#ahead.shift() ?? this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

/** Keyboards encode the same character differently (NIST SP 800-63B 5.1.1.2). */
function canonical(password: string): string {
  return password.normalize('NFKC');
}

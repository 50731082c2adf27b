import { hash, verify, type Options } from '@node-rs/argon2';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const cost: Options = { algorithm: 2 /* argon2id */, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Each hash takes a thread of libuv's four and 19 MiB: two at a time leave room for files and for the rest. */
const runningMax = 2;
/** Above this, people would wait longer than they do; and memory stays bounded whatever comes in. */
const waitingMax = 30;

/** Too many people sign in at this moment. */
export class PasswordsBusyError extends Error {
  override readonly name = 'PasswordsBusyError';
  readonly code = 'PASSWORDS_BUSY';

  constructor() {
    super(`${runningMax} passwords are being checked and ${waitingMax} wait: no more are taken in.`);
  }
}

/** Hashes and checks passwords, a few at a time. */
export class Passwords {
  #running = 0;
  /** Callers from devices that are known come first: strangers cannot push them out of the queue. */
  readonly #ahead: (() => void)[] = [];
  readonly #waiting: (() => void)[] = [];
  /** What an unknown e-mail address is checked against, so that it takes as long as a known one. */
  #decoy: Promise<string> | undefined;

  /** @throws PasswordsBusyError */
  async hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(canonical(password), cost));
  }

  /**
   * Whether the password is right. Takes the same work when there is no hash.
   *
   * @param passwordHash PHC form; absent for somebody who does not exist or has no password
   * @param options `ahead` jumps the queue of those who have not signed in here before; default false
   * @throws PasswordsBusyError
   */
  async verify(
    password: string,
    passwordHash: string | undefined,
    { ahead = false }: { readonly ahead?: boolean } = {},
  ): Promise<boolean> {
    this.#decoy ??= hash('somebody who does not exist', cost);
    const decoy = await this.#decoy;
    const isRight = await this.#inTurn(() => verify(passwordHash ?? decoy, canonical(password)), ahead);
    return isRight && passwordHash !== undefined;
  }

  async #inTurn<T>(work: () => Promise<T>, ahead = false): Promise<T> {
    if (this.#running >= runningMax) {
      const queue = ahead ? this.#ahead : this.#waiting;
      if (queue.length >= waitingMax) throw new PasswordsBusyError();
      // A call that ends hands its turn on, so the count stays as it is.
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

/** The same letter can be typed as one sign or as two: keyboards differ, the password does not (NIST SP 800-63B 5.1.1.2). */
function canonical(password: string): string {
  return password.normalize('NFKC');
}

import { TOTP, URI } from 'otpauth';
import type { WallClock } from '../../wall-clock.ts';

/** An authenticator app that has scanned a code: shows the codes of the test's clock. */
export class Authenticator {
  readonly #totp: TOTP;
  readonly #wallClock: WallClock;

  /** @param uri what the QR code holds */
  constructor(uri: string, wallClock: WallClock) {
    const parsed = URI.parse(uri);
    if (!(parsed instanceof TOTP)) throw new TypeError(`Not a code that changes with time: ${uri}`);
    this.#totp = parsed;
    this.#wallClock = wallClock;
  }

  get issuer(): string {
    return this.#totp.issuer;
  }

  get label(): string {
    return this.#totp.label;
  }

  /** @param steps how many codes later (or earlier) than the one that is shown now */
  code(steps = 0): string {
    return this.#totp.generate({ timestamp: this.#wallClock.now().epochMilliseconds + steps * 30_000 });
  }
}

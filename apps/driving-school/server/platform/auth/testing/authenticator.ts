import { TOTP, URI } from 'otpauth';
import type { WallClock } from '../../wall-clock.ts';

/** An authenticator app that has scanned a code, on the test's clock. */
export class Authenticator {
  readonly #totp: TOTP;
  readonly #wallClock: WallClock;

  /** @param uri the content of the QR code */
  constructor(uri: string, wallClock: WallClock) {
    const parsed = URI.parse(uri);
    if (!(parsed instanceof TOTP)) throw new TypeError(`Not a TOTP URI: ${uri}`);
    this.#totp = parsed;
    this.#wallClock = wallClock;
  }

  get issuer(): string {
    return this.#totp.issuer;
  }

  get label(): string {
    return this.#totp.label;
  }

  /** The current code. @param steps offset from the current time step */
  code(steps = 0): string {
    return this.#totp.generate({ timestamp: this.#wallClock.now().epochMilliseconds + steps * 30_000 });
  }
}

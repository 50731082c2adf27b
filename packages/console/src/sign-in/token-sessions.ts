import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** However busy, a session ends after an hour, */
export const SESSION_MS = 60 * 60_000;
/** and sooner when nothing was asked for this long. */
export const IDLE_MS = 15 * 60_000;
/** A cookie this old is renewed, so that it tells when the session was last used. */
const RENEW_MS = 60_000;

const ticketSchema = z.object({ id: z.string(), beganAt: z.number(), seenAt: z.number() });

/** What a cookie says of a session. */
export type Ticket = z.infer<typeof ticketSchema>;

/** Sessions that were signed out before their time. */
export interface EndedSessions {
  has(id: string): boolean;
  /** @param until when the session would have ended by itself, milliseconds since the epoch */
  end(id: string, until: number): void;
}

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Sessions of the operator's token, each in a sealed cookie. The key of the seal follows from the token: a new token
 * opens no old session.
 */
export class TokenSessions {
  readonly #secret: Buffer;
  readonly #ended: EndedSessions;

  /** @param secret from which, with the token, the key of the seal is made */
  constructor(secret: Buffer, ended: EndedSessions) {
    this.#secret = secret;
    this.#ended = ended;
  }

  /** @param now milliseconds since the epoch @returns the value of the cookie */
  begin(token: string, now: number): string {
    return this.#seal(token, { id: randomBytes(16).toString('hex'), beganAt: now, seenAt: now });
  }

  /** @returns nothing when the cookie is not one of ours, was sealed under another token, or has ended */
  read(token: string, sealed: string, now: number): Ticket | undefined {
    const ticket = this.#open(token, sealed);
    if (ticket === undefined || this.#ended.has(ticket.id)) return undefined;
    const isOver = now >= ticket.beganAt + SESSION_MS || now >= ticket.seenAt + IDLE_MS;
    return isOver ? undefined : ticket;
  }

  /** @returns the cookie anew once the old one is a minute old; nothing before that */
  renewed(token: string, ticket: Ticket, now: number): string | undefined {
    return now - ticket.seenAt < RENEW_MS ? undefined : this.#seal(token, { ...ticket, seenAt: now });
  }

  end({ id, beganAt }: Ticket): void {
    this.#ended.end(id, beganAt + SESSION_MS);
  }

  #seal(token: string, ticket: Ticket): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key(token), iv);
    const body = Buffer.concat([cipher.update(JSON.stringify(ticket), 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
  }

  #open(token: string, sealed: string): Ticket | undefined {
    try {
      const bytes = Buffer.from(sealed, 'base64url');
      const decipher = createDecipheriv(CIPHER, this.#key(token), bytes.subarray(0, IV_BYTES));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const body = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
      return ticketSchema.parse(JSON.parse(body.toString('utf8')));
    } catch {
      return undefined;
    }
  }

  #key(token: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#secret, token, 'console-token-session', 32));
  }
}

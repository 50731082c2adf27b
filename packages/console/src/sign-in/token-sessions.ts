import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { EndedSessionList } from '../store/ended-sessions.ts';

/** A session expires after an hour in any case. */
export const SESSION_MS = 60 * 60_000;
/** Without a request, it expires earlier. */
const IDLE_MS = 15 * 60_000;
/** The cookie holds the time of the last request and is renewed at most once a minute. */
const RENEW_MS = 60_000;

const ticketSchema = z.object({ id: z.string(), beganAt: z.number(), seenAt: z.number() });

/** The content of a session's cookie. */
export type Ticket = z.infer<typeof ticketSchema>;

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Sessions of the operator's token, each in an encrypted cookie. The encryption key is derived from the token, so a new
 * token invalidates all old sessions. Times are in milliseconds since the epoch.
 */
export class TokenSessions {
  readonly #secret: Buffer;
  readonly #ended: EndedSessionList;

  /** @param secret the encryption key is derived from it and the token */
  constructor(secret: Buffer, ended: EndedSessionList) {
    this.#secret = secret;
    this.#ended = ended;
  }

  /** @returns the value of the cookie */
  begin(token: string, now: number): string {
    return this.#seal(token, { id: randomBytes(16).toString('hex'), beganAt: now, seenAt: now });
  }

  /** @returns `undefined` if the cookie is invalid, belongs to another token, or its session has ended */
  read(token: string, sealed: string, now: number): Ticket | undefined {
    const ticket = this.#open(token, sealed);
    if (ticket === undefined || this.#ended.has(ticket.id)) return undefined;
    return now >= ticket.beganAt + SESSION_MS || now >= ticket.seenAt + IDLE_MS ? undefined : ticket;
  }

  /** @returns a new cookie if the old one is a minute old */
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

import { createHash, randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { renewSealedCookie, sealedCookie } from './session-cookies.ts';

export const deviceCookieName = 'school_device';

/** A device on which nobody has signed in for so long is a new one. */
export const deviceMs = 365 * 24 * 60 * 60_000;

/** More accounts than share one computer; the longest unused are dropped. */
const accountsMax = 10;

/** `[account, device id][]`, the account that signed in last first. */
const marksSchema = z.array(z.tuple([z.string(), z.string()])).max(accountsMax);

/**
 * Which accounts have signed in on a device before, kept in a sealed cookie of the device itself. Opens nothing: it only
 * says whose wrong guesses are counted together, so that strangers cannot keep an account's owner out.
 */
export const knownDevices = {
  /** The device's id for this account; nothing when the account has never signed in here. */
  find(request: FastifyRequest, account: string): string | undefined {
    const name = nameOf(account);
    return marksOf(request).find(([known]) => known === name)?.[1];
  },

  /** Marks the device after a sign-in. */
  remember(request: FastifyRequest, account: string): void {
    const name = nameOf(account);
    const marks = marksOf(request);
    const id = marks.find(([known]) => known === name)?.[1] ?? randomBytes(16).toString('base64url');
    const cookie = sealedCookie(request, deviceCookieName);
    renewSealedCookie(cookie);
    const others = marks.filter(([known]) => known !== name);
    cookie.set('marks' as never, [[name, id], ...others].slice(0, accountsMax) as never);
  },
};

function marksOf(request: FastifyRequest): z.infer<typeof marksSchema> {
  return marksSchema.safeParse(sealedCookie(request, deviceCookieName).get('marks')).data ?? [];
}

/** The address itself has no business in the cookie. */
function nameOf(account: string): string {
  return createHash('sha256').update(account.toLowerCase()).digest('base64url').slice(0, 22);
}

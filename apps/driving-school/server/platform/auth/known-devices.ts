import { createHash, randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { renewSealedCookie, sealedCookie } from './session-cookies.ts';

/** The name of the cookie of known devices. */
export const deviceCookieName = 'school_device';

/** A device counts as new after a year without a sign-in. */
export const deviceMs = 365 * 24 * 60 * 60_000;

/** More accounts than share one computer; the least recently used are dropped. */
const accountsMax = 10;

/** `[account, device ID][]`, the most recent sign-in first. */
const marksSchema = z.array(z.tuple([z.string(), z.string()])).max(accountsMax);

/**
 * The accounts that have signed in on a device before, stored in a sealed cookie of the device. It gives no access; it
 * only separates the limits of failed sign-ins, so that anonymous clients can't lock out the owner of an account.
 */
export const knownDevices = {
  /** The device's ID for this account; `undefined` if the account has never signed in here. */
  find(request: FastifyRequest, account: string): string | undefined {
    const name = nameOf(account);
    return marksOf(request).find(([known]) => known === name)?.[1];
  },

  /** Records a sign-in on the device. */
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

/** A digest, so that the cookie contains no e-mail address. */
function nameOf(account: string): string {
  return createHash('sha256').update(account.toLowerCase()).digest('base64url').slice(0, 22);
}

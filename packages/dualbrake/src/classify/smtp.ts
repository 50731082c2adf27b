import { readNumber, readText } from './safe-read.ts';
import { evidence, notSent, rejected, row, rows, type Found, type Row } from './rule.ts';

const rfc = 'RFC 5321 section 4.2; RFC 3463; RFC 4954';
const nodemailer = 'nodemailer lib/smtp-connection';

const passing = row('smtp.4yz', 'unavailable', 'transient', rfc, rejected);
const passingForOne = row('smtp.4yz.mailbox', 'policy', 'transient', rfc, {
  ...rejected,
  countsAgainstBreaker: false,
});
const lasting = row('smtp.5yz', 'rejected', 'persistent', rfc, rejected);
const denied = row('smtp.5yz.auth', 'auth', 'persistent', rfc, rejected);
const misused = row('smtp.api', 'programmer', 'persistent', nodemailer, notSent);

/** Codes of nodemailer, for errors without a reply. */
const codes = rows('smtp', nodemailer, [
  ['EAUTH ENOAUTH EOAUTH2', 'auth', 'persistent', notSent],
  ['ETLS EREQUIRETLS', 'tls', 'persistent', notSent],
  ['EPROXY', 'connect', 'transient', notSent],
  ['ECONNECTION', 'connection-lost', 'transient'],
  ['EENVELOPE', 'invalid', 'persistent', notSent],
  ['ESTREAM EMAXLIMIT', 'invalid', 'persistent', notSent],
]);

/** Nothing is sent before the greeting. After that, a timed out socket may have sent anything. */
const early = row('smtp.early-timeout', 'timeout', 'transient', nodemailer, notSent);

/** Replies of mail servers, by code and enhanced code, and nodemailer's codes. The reply takes precedence. */
export function smtpRule(error: unknown): Found | undefined {
  const command = readText(error, 'command');
  const response = readText(error, 'response');
  const reply = readNumber(error, 'responseCode');
  if (reply !== undefined && reply >= 400 && reply <= 599 && (command ?? response) !== undefined) {
    return { row: byReply(reply, response ?? ''), rank: evidence.driver };
  }
  if (command === 'API') return { row: misused, rank: evidence.driver };
  if (/^(GREETING|CONNECTION|UPGRADE)_TIMEOUT$/.test(readText(error, 'timeoutType') ?? '')) {
    return { row: early, rank: evidence.driver };
  }
  const code = readText(error, 'code');
  // Names that only nodemailer uses need no command as evidence.
  const isKnown = command !== undefined || code === 'EOAUTH2' || code === 'ENOAUTH';
  const found = isKnown && code !== undefined ? codes.get(code) : undefined;
  return found && { row: found, rank: evidence.code };
}

/** The rows of the table. */
export const smtpRows: readonly Row[] = [passing, passingForOne, lasting, denied, misused, early, ...codes.values()];

/** Whether a transient reply is about the server (enhanced code x.3 system, x.4 network) or about one mailbox. */
function byReply(reply: number, response: string): Row {
  if (reply >= 500) return [530, 534, 535, 538].includes(reply) ? denied : lasting;
  const subject = /^\d{3}[ -][245]\.(\d{1,3})\.\d{1,3}\b/.exec(response)?.[1];
  const isServer =
    reply === 421 || reply === 454 || subject === '3' || subject === '4' || (reply === 451 && subject === undefined);
  return isServer ? passing : passingForOne;
}

/** Protocols with their own numbers: LDAP, SFTP, FTP. */
import { read, readNumber, readText } from '../safe-read.ts';
import { lost, notSent, rejected, row, stuck } from '../rule.ts';
import { client } from './client.ts';
import type { ClientGroup } from './provide.ts';

const answered = { reachedServer: 'yes' } as const;

const ldap = client(
  'ldap',
  'RFC 4511 section 4.1.9 and appendix A: result codes',
  [
    ['1 80', 'server-error', 'transient', answered],
    ['3', 'timeout', 'transient', answered],
    ['51', 'overloaded', 'transient', rejected],
    ['52', 'unavailable', 'transient', rejected],
    // Bind is the first request: nothing else was sent before it succeeded.
    ['48 49', 'auth', 'persistent', notSent],
    ['7 8 13 14 50', 'auth', 'persistent', rejected],
    ['32', 'not-found', 'persistent', rejected],
    ['19 20 65 68 69 71', 'constraint', 'persistent', rejected],
    ['118', 'cancelled', 'cancelled'],
    ['2 4 10 11 12 16 17 18 21 33 34 36 53 54 64 66 67', 'invalid', 'persistent', rejected],
  ],
  ({ error, code, message }) => {
    if (typeof code !== 'number') return undefined;
    // ldapts has the number in its message, ldapjs has `lde_dn` and `lde_message`.
    const isLdap = /\bCode: 0x[\da-f]+$/i.test(message) || read(error, 'lde_message') !== undefined;
    return isLdap ? code : undefined;
  },
);

const sftpWords =
  /^(?:\w+: )?(end of file|no such file|permission denied|failure|bad message|no connection|connection lost|operation unsupported|not supported)/i;
const sftp = client(
  'sftp',
  'draft-ietf-secsh-filexfer-02 section 7; ssh2 lib/protocol/SFTP.js',
  [
    ['1', 'invalid', 'persistent', answered],
    ['2', 'not-found', 'persistent', rejected],
    ['3', 'auth', 'persistent', rejected],
    ['4', 'server-error', 'persistent', answered],
    ['5 8', 'invalid', 'persistent', rejected],
    ['6', 'connect', 'transient', notSent],
    ['7', 'connection-lost', 'transient'],
  ],
  ({ code, message, error }) =>
    typeof code === 'number' && readNumber(error, 'errno') === undefined && sftpWords.test(message) ? code : undefined,
);
const ssh = client(
  'ssh',
  'ssh2 lib/client.js: level of an error',
  [
    ['client-authentication', 'auth', 'persistent', notSent],
    ['client-timeout', 'timeout', 'transient', notSent],
    ['client-dns', 'dns', 'transient', notSent],
    ['handshake', 'configuration', 'persistent', notSent],
    ['protocol', 'connection-lost', 'transient'],
  ],
  ({ error }) => readText(error, 'level'),
);

const ftp = client(
  'ftp',
  'RFC 959 section 4.2: reply codes; basic-ftp src/FtpContext.ts',
  [
    ['421', 'unavailable', 'transient', rejected],
    ['425', 'connect', 'transient', rejected],
    ['426', 'connection-lost', 'transient', answered],
    ['450', 'conflict', 'transient', lost],
    ['451', 'server-error', 'transient', answered],
    ['452 552', 'disk', 'system', { ...answered, ...stuck }],
    ['430 530', 'auth', 'persistent', notSent],
    ['532', 'auth', 'persistent', rejected],
    ['550', 'not-found', 'persistent', rejected],
    ['500 501 502 503 504 551 553', 'invalid', 'persistent', rejected],
  ],
  ({ code, message, of, name }) =>
    (of === 'FTPError' || name === 'FTPError') && typeof code === 'number' && message.startsWith(String(code))
      ? code
      : undefined,
);

export const protocols: ClientGroup = {
  name: 'LDAP, SFTP, FTP',
  clients: [ldap, sftp, ssh, ftp],
  words: [
    [
      /^client is closed(?: because |$)/,
      row('ftp.closed', 'programmer', 'persistent', 'basic-ftp src/FtpContext.ts', notSent),
    ],
  ],
};

import { notSent, row, type Row } from './rule.ts';

const openssl = 'OpenSSL include/openssl/sslerr.h; RFC 8446 section 6';

/** The handshake failed: nothing of the request was sent. */
export const handshake = row('node.ERR_SSL', 'tls', 'persistent', openssl, notSent);
/** A failure of an established connection, or one that may be: a record was damaged or truncated. */
const broken = row('node.ERR_SSL.broken', 'connection-lost', 'transient', openssl);

/**
 * Reasons that only occur in a handshake, in OpenSSL's terms, as in a code (`ERR_SSL_WRONG_VERSION_NUMBER`) or in a message
 * (`wrong version number`).
 */
const duringHandshake =
  /wrong.version.number|unsupported.protocol|no.protocols.available|unknown.protocol|version.too.(?:low|high)|http.request|https.proxy.request|no.cipher.match|no.ciphers.available|no.shared.cipher|no.suitable|no.shared.(?:groups|signature)|certificate.verify.failed|alert.(?:handshake.failure|protocol.version|unknown.ca|bad.certificate|certificate|no.certificate|unsupported.certificate|access.denied|insufficient.security|inappropriate.fallback|no.renegotiation|unrecognized.name|missing.extension|unsupported.extension|no.application.protocol|unknown.psk)|alert.\w*certificate|unrecognized.name|(?:dh|ee|ca).key.too.small|ca.md.too.weak|ee.md.too.weak|unsafe.legacy.renegotiation|bad.(?:ecpoint|dh|signature|key.share|psk)|wrong.(?:cipher|signature|curve|certificate)|tlsv1.alert.no.application|handshake.failure|no.application.protocol|callback.failed|peer.did.not.return.a.certificate|certificate.(?:unknown|expired|revoked|required)|key.values.mismatch|no.start.line/i;

/** What an OpenSSL error proves: only reasons of a handshake prove that nothing was sent. */
export function byReason(code: string, message: string): Row {
  return duringHandshake.test(code) || duringHandshake.test(message) ? handshake : broken;
}

export const tlsRows: readonly Row[] = [handshake, broken];

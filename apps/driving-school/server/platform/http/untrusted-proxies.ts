import type { FastifyRequest } from 'fastify';
import type { Log } from '../logs/log.ts';

/** Anybody can send the header from any address; more warnings than this would only fill the log. */
const warningsMax = 5;

/**
 * Warns when a request comes through a proxy that is not trusted, once for each proxy: all clients behind it count as
 * one address then, so a few wrong passwords slow sign-in down for everybody, and https is taken for plain HTTP.
 */
export function warnOfUntrustedProxies(log: Log): (request: FastifyRequest) => Promise<void> {
  const warned = new Set<string>();
  return async (request) => {
    if (request.headers['x-forwarded-for'] === undefined && request.headers.forwarded === undefined) return;
    const peer = request.socket.remoteAddress;
    // More than one address: the peer is trusted, and its header has been read.
    if (peer === undefined || (request.ips?.length ?? 0) > 1) return;
    if (warned.has(peer) || warned.size >= warningsMax) return;
    warned.add(peer);
    log.warn(
      { event: 'proxy.untrusted', correlation_id: request.id, peer },
      `A request from ${peer} came through a proxy that is not trusted, so everybody behind it counts as one client and ` +
        `a few wrong passwords slow sign-in down for all of them. If ${peer} is your reverse proxy, start with ` +
        `TRUSTED_PROXIES=${peer}`,
    );
  };
}

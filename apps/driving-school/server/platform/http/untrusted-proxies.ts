import type { FastifyRequest } from 'fastify';
import type { Log } from '../logs/log.ts';

/** Anyone can send the header, so the number of warnings is limited. */
const warningsMax = 5;

/**
 * Warns once per proxy of requests that come through an untrusted proxy. All its clients count as one address, so a few
 * wrong passwords slow down sign-in for all of them, and https is treated as plain HTTP.
 */
export function warnOfUntrustedProxies(log: Log): (request: FastifyRequest) => Promise<void> {
  const warned = new Set<string>();
  return async (request) => {
    if (request.headers['x-forwarded-for'] === undefined && request.headers.forwarded === undefined) return;
    const peer = request.socket.remoteAddress;
    // With more than one address, the peer is trusted and its header was used.
    if (peer === undefined || (request.ips?.length ?? 0) > 1) return;
    if (warned.has(peer) || warned.size >= warningsMax) return;
    warned.add(peer);
    log.warn(
      { event: 'proxy.untrusted', correlation_id: request.id, peer },
      `A request from ${peer} came through an untrusted proxy. All its clients count as one, so a few wrong passwords ` +
        `slow down sign-in for all of them. If ${peer} is your reverse proxy, start with ` +
        `TRUSTED_PROXIES=${peer}`,
    );
  };
}

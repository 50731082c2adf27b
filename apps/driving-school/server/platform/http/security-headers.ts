import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Nothing inline, nothing from elsewhere, and no string becomes markup: text of a student stays text. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
    trustedTypes: ["'none'"],
  },
};

/** What of the machine the pages never use. */
const permissionsPolicy = [
  'accelerometer',
  'browsing-topics',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
]
  .map((feature) => `${feature}=()`)
  .join(', ');

/** A year. Names below ours are for whoever owns them to decide. */
const strictTransportSecurity = 'max-age=31536000';

/** Headers that make the browser our ally. */
export async function registerSecurityHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy,
    // Only behind a proxy that ends TLS, see below: this machine itself speaks plain HTTP.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(connectionHeaders(request));
  });
}

/** For an answer that is given before any hook has run. */
export function headersWithoutHooks(request: FastifyRequest): Record<string, string> {
  return {
    ...connectionHeaders(request),
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'x-correlation-id': request.id,
  };
}

/** A browser that came by https, as far as a trusted proxy tells, comes by https from now on. */
function connectionHeaders({ protocol }: FastifyRequest): Record<string, string> {
  return {
    'permissions-policy': permissionsPolicy,
    ...(protocol === 'https' ? { 'strict-transport-security': strictTransportSecurity } : {}),
  };
}

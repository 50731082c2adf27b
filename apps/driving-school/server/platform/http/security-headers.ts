import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Nothing inline, nothing from other origins, and no string is parsed as markup. */
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

/** Browser features that the pages never use. */
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

/** A year. Without subdomains, which may belong to others. */
const strictTransportSecurity = 'max-age=31536000';

/** Adds security headers to all responses. */
export async function registerSecurityHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy,
    // See `connectionHeaders`: the server itself uses plain HTTP.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(connectionHeaders(request));
  });
}

/** The headers of a response that is sent before hooks have run. */
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

/** Requires https from browsers whose request came over https, according to a trusted proxy. */
function connectionHeaders({ protocol }: FastifyRequest): Record<string, string> {
  return {
    'permissions-policy': permissionsPolicy,
    ...(protocol === 'https' ? { 'strict-transport-security': strictTransportSecurity } : {}),
  };
}

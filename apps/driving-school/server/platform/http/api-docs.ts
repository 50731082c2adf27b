import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';

/** Where the readable page is. */
export const apiDocsPrefix = '/api/docs';

/** The API's description for programs at `/api/openapi.json`, for people at `/api/docs`. Made from the routes. */
export async function registerApiDocs(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ontario Driving School Manager',
        version,
        description:
          'JSON in snake_case. Everything that is not a success is `application/problem+json`. While the database is ' +
          'down, reads answer from copies (`stale: true`, `X-Data-As-Of`) and writes answer 503.',
      },
    },
    transform: jsonSchemaTransform,
  });
  app.get('/api/openapi.json', { config: { access: 'anyone' }, schema: { hide: true } }, async () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: apiDocsPrefix,
    uiConfig: { docExpansion: 'list', deepLinking: false, layout: 'BaseLayout', url: '/api/openapi.json' },
    theme: { title: 'API · Ontario Driving School Manager' },
    // The library's page makes markup from strings and sets style attributes; only here, and it shows nobody's data.
    staticCSP: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      // The one style sheet that the library's program writes into its page.
      'style-src': ["'self'", "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='"],
      'style-src-attr': ["'unsafe-inline'"],
      'img-src': ["'self'", 'data:'],
      'font-src': ["'self'", 'data:'],
      'connect-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
    },
  });
}

import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';

/** The path of the page. */
export const apiDocsPrefix = '/api/docs';

/** Adds the API description, generated from the routes: OpenAPI at `/api/openapi.json` and a page at `/api/docs`. */
export async function registerApiDocs(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ontario Driving School Manager',
        version,
        description:
          'JSON in snake_case. Errors are `application/problem+json`. While the database is unavailable, reads return ' +
          'local copies (`stale: true`, `X-Data-As-Of`) and writes return 503.',
      },
    },
    transform: jsonSchemaTransform,
  });
  app.get('/api/openapi.json', { config: { access: 'anyone' }, schema: { hide: true } }, async () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: apiDocsPrefix,
    uiConfig: { docExpansion: 'list', deepLinking: false, layout: 'BaseLayout', url: '/api/openapi.json' },
    theme: { title: 'API · Ontario Driving School Manager' },
    // The library's page needs style attributes and markup from strings. It shows no data of the school.
    staticCSP: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      // The inline style sheet of the library's page.
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

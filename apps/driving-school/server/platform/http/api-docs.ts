import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemSchema } from '../../../contract/problem.ts';
import { problemResponses, problemsOf } from './documented-problems.ts';

/** The path of the page. */
export const apiDocsPrefix = '/api/docs';

/** Carries the problems of a route through the generator, which can't refer to components. */
const problemsKey = 'x-problems';

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
    transform: (document) => {
      const { schema, route, url } = document;
      if (schema === undefined || schema.hide === true) return jsonSchemaTransform(document);
      const { record: _, refusals: __, ...plain } = schema;
      const transformed = jsonSchemaTransform({ ...document, schema: plain });
      const problems = url.startsWith('/api/')
        ? problemsOf({ schema, config: route.config, method: String(route.method) })
        : {};
      return { ...transformed, schema: { ...transformed.schema, [problemsKey]: problems } };
    },
    transformObject: (document) =>
      'openapiObject' in document ? withProblems(document.openapiObject) : document.swaggerObject,
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

/** Adds the problems of each route to its responses, and descriptions of successes. */
function withProblems(document: OpenApi): OpenApi {
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    for (const operation of Object.values((methods ?? {}) as Record<string, Operation>)) {
      for (const [status, response] of Object.entries(operation.responses ?? {})) {
        if (response.description === 'Default Response') response.description = successes[status] ?? 'Done.';
      }
      operation.responses = { ...operation.responses, ...problemResponses(operation[problemsKey] ?? {}, path) };
      delete operation[problemsKey];
    }
  }
  const { $schema: _, ...Problem } = z.toJSONSchema(problemSchema);
  const schemas = { ...document.components?.schemas, Problem };
  return { ...document, components: { ...document.components, schemas } } as OpenApi;
}

type OpenApi = Extract<
  Parameters<NonNullable<FastifyDynamicSwaggerOptions['transformObject']>>[0],
  { openapiObject: unknown }
>['openapiObject'];

interface Operation {
  responses?: Record<string, { description?: string }>;
  [problemsKey]?: ReturnType<typeof problemsOf>;
}

const successes: Readonly<Record<string, string>> = {
  200: 'The answer. `as_of` says when it was read.',
  201: 'Created. `Location` is its address, `ETag` its version.',
  202: 'Accepted; the answer says what comes next.',
  204: 'Done. There is nothing to answer.',
};

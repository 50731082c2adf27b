import { z } from 'zod';
import { problemTypes, problemView } from '../contract/problem.ts';
import type { Route } from './route.ts';

/** OpenAPI 3.1, made from the same schemas that check requests. */
export function openApi(routes: readonly Route[], base: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'dualbrake console',
      version: '1',
      description: 'What is broken since when and why, and orders to act on it. Instants are ISO 8601 in UTC.',
    },
    servers: [{ url: `${base}/api/v1` }],
    paths,
    components: {
      schemas: { Problem: schemaOf(problemView, 'output') },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operation(route: Route): Record<string, unknown> {
  const statuses = new Set(route.problems.map((code) => problemTypes[code][0]));
  const refusals = [...statuses]
    .toSorted((one, other) => one - other)
    .map((status) => [
      String(status),
      {
        description: route.problems
          .filter((code) => problemTypes[code][0] === status)
          .map((code) => `\`${code}\`: ${problemTypes[code][1]}`)
          .join(' '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]);
  const answers = Object.entries(route.answers).map(([status, answer]) => [
    status,
    typeof answer === 'string'
      ? { description: answer }
      : { description: 'Done.', content: { 'application/json': { schema: schemaOf(answer, 'output') } } },
  ]);
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replaceAll(/[^a-z]+/gi, '_')}`,
    summary: route.summary,
    tags: [route.tag],
    'x-permission': route.permission,
    parameters: parametersOf(route),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body, 'input') } } },
        }),
    responses: Object.fromEntries([...answers, ...refusals]),
  };
}

function parametersOf(route: Route): unknown[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const { properties = {}, required = [] } = (route.query === undefined ? {} : schemaOf(route.query, 'input')) as {
    properties?: Record<string, unknown>;
    required?: readonly string[];
  };
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
  return [
    ...inPath,
    ...inQuery,
    ...(route.isOrder
      ? [
          header(
            'Idempotency-Key',
            true,
            '1 to 200 characters; the same key has one effect. Programs may leave it out for PUT and DELETE.',
          ),
        ]
      : []),
    ...(route.ifMatch === undefined ? [] : [header('If-Match', route.ifMatch === 'must', 'The ETag that was seen.')]),
  ];
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
  return rest;
}

function header(name: string, isRequired: boolean, description: string): unknown {
  return {
    name,
    in: 'header',
    required: isRequired,
    description,
    schema: { type: 'string' },
  };
}

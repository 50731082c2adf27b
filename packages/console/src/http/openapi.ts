import { z } from 'zod';
import { problemTypes, problemView } from '../contract/problem.ts';
import type { Route } from './route.ts';

/** OpenAPI 3.1, generated from the schemas that requests are checked with. */
export function openApi(routes: readonly Route[], base: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  return {
    openapi: '3.1.0',
    info: {
      title: 'dualbrake console',
      version: '1',
      description: 'State and history of circuit breakers, and actions on them. Instants are ISO 8601 in UTC.',
    },
    servers: [{ url: `${base}/api/v1` }],
    paths,
    components: {
      schemas: { Problem: schemaOf(problemView, 'output') },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operation({ method, path, summary, permission, body, answers, problems, ...route }: Route): unknown {
  const statuses = [...new Set(problems.map((code) => problemTypes[code][0]))].toSorted((one, other) => one - other);
  const refusals = statuses.map((status) => {
    const codes = problems.filter((code) => problemTypes[code][0] === status);
    const description = codes.map((code) => `\`${code}\`: ${problemTypes[code][1]}`).join(' ');
    const schema = { $ref: '#/components/schemas/Problem' };
    return [status, { description, content: { 'application/problem+json': { schema } } }];
  });
  const successes = Object.entries(answers).map(([status, answer]) => [
    status,
    typeof answer === 'string' ? { description: answer } : { description: 'Done.', ...json(answer, 'output') },
  ]);
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^a-z]+/gi, '_')}`,
    summary,
    tags: [path.split('/')[1]],
    'x-permission': permission,
    parameters: parametersOf({ path, ...route }),
    ...(body === undefined ? {} : { requestBody: { required: true, ...json(body, 'input') } }),
    responses: Object.fromEntries([...successes, ...refusals]),
  };
}

function parametersOf({ path, query, isAction, ifMatch }: Pick<Route, 'path' | 'query' | 'isAction' | 'ifMatch'>) {
  const text = { type: 'string' };
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
    return { name, in: 'path', required: true, schema: text };
  });
  const { properties = {}, required = [] } = (query === undefined ? {} : schemaOf(query, 'input')) as {
    properties?: Record<string, unknown>;
    required?: readonly string[];
  };
  const inQuery = Object.entries(properties).map(([name, schema]) => {
    return { name, in: 'query', required: required.includes(name), schema };
  });
  const header = (name: string, isRequired: boolean, description: string) => {
    return { name, in: 'header', required: isRequired, description, schema: text };
  };
  const key = '1 to 200 characters; repeated requests have one effect. Optional for programs in PUT and DELETE.';
  return [
    ...inPath,
    ...inQuery,
    ...(isAction ? [header('Idempotency-Key', true, key)] : []),
    ...(ifMatch === undefined ? [] : [header('If-Match', ifMatch === 'required', 'The ETag that you have read.')]),
  ];
}

function json(schema: z.ZodType, io: 'input' | 'output') {
  return { content: { 'application/json': { schema: schemaOf(schema, io) } } };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
  return rest;
}

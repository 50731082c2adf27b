import { z } from 'zod';
import { auditRoutes } from './handlers/audit.ts';
import { breakerRoutes } from './handlers/breakers.ts';
import { configRoutes } from './handlers/config.ts';
import { eventRoutes } from './handlers/events.ts';
import { faultRoutes } from './handlers/faults.ts';
import { incidentRoutes } from './handlers/incidents.ts';
import { logRoutes } from './handlers/logs.ts';
import { overviewRoutes } from './handlers/overview.ts';
import { retryRoutes } from './handlers/retries.ts';
import { serviceRoutes } from './handlers/services.ts';
import { openApi } from './http/openapi.ts';
import { route, type Route } from './http/route.ts';

const described: readonly Route[] = [
  ...overviewRoutes,
  ...breakerRoutes,
  ...retryRoutes,
  ...serviceRoutes,
  ...configRoutes,
  ...incidentRoutes,
  ...logRoutes,
  ...auditRoutes,
  ...faultRoutes,
  ...eventRoutes,
];

/** The whole API. */
export const routes: readonly Route[] = [
  ...described,
  route('GET /openapi.json', {
    summary: 'This description',
    answers: { 200: z.looseObject({}) },
    handle: ({ base }) => new Response(descriptionAt(base), { headers: { 'content-type': 'application/json' } }),
  }),
];

/** By base path. */
const descriptions = new Map<string, string>();

function descriptionAt(base: string): string {
  const known = descriptions.get(base) ?? JSON.stringify(openApi(described, base));
  descriptions.set(base, known);
  return known;
}

import type { SessionView } from '../contract.ts';
import type { Handler } from '../routes.ts';

/** GET report: everything that the page shows. */
export const showReport: Handler = async ({ state }) => Response.json(state.report());

/** GET session: who looks. */
export const showSession: Handler = async ({ user }) => {
  const { id, name, permission } = user;
  return Response.json({ id, name, permission } satisfies SessionView);
};

import { readOrder } from '../order-body.ts';
import type { Handler } from '../routes.ts';

/** GET services */
export const listServices: Handler = async ({ state }) => Response.json({ services: state.services() });

/** POST services/{id}/actions: begun, not awaited; the operation tells how it goes. */
export const actOnService: Handler = async ({ state, parameter, request, user, base }) => {
  const service = state.service(parameter);
  const { order, text } = await readOrder(request, Object.keys(service.actions));
  return state.keys.once(request, `${user.id} ${parameter}`, text, async () => {
    const operation = state.operations.begin({ service, actor: user.name, ...order });
    state.log({
      event: 'console.action',
      message: `${user.name} ordered ${order.action} of ${service.name}`,
      actor: user.id,
      target: parameter,
      ...order,
    });
    return Response.json(operation, {
      status: 202,
      headers: { location: `${base}/api/v1/operations/${operation.id}` },
    });
  });
};

/** GET operations/{id} */
export const showOperation: Handler = async ({ state, parameter }) => Response.json(state.operations.find(parameter));

import type { OperationView } from '../contract.ts';
import { readOrder } from '../order-body.ts';
import { Problem } from '../problem.ts';
import type { Handler } from '../routes.ts';

/** GET services */
export const listServices: Handler = async ({ state }) => Response.json({ services: state.services() });

/** POST services/{id}/actions: begun, not awaited; the operation tells how it goes. */
export const actOnService: Handler = async ({ state, parameter, request, user, base }) => {
  const service = state.service(parameter);
  const { order, text } = await readOrder(request, Object.keys(service.actions));
  return state.keys.once(request, user.id, text, async () => {
    const from = state.showService(service).state;
    const entry = { actor: user.id, target: parameter, ...order, from };
    let operation: OperationView;
    try {
      operation = state.operations.begin({ service, user, from, ...order });
    } catch (error) {
      if (error instanceof Problem) state.log({ event: 'console.denied', message: error.message, ...entry });
      throw error;
    }
    state.log({
      event: 'console.action',
      message: `${order.action} of ${service.name} was ordered`,
      ...entry,
    });
    return Response.json(operation, {
      status: 202,
      headers: { location: `${base}/api/v1/operations/${operation.id}` },
    });
  });
};

/** GET operations/{id} */
export const showOperation: Handler = async ({ state, parameter }) => Response.json(state.operations.find(parameter));

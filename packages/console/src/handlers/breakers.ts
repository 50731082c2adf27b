import { readOrder } from '../order-body.ts';
import type { Handler } from '../routes.ts';

/** GET breakers/{id} */
export const showBreaker: Handler = async ({ state, parameter }) => Response.json(state.showBreaker(parameter));

/** POST breakers/{id}/actions: through the registry, whose events tell everybody else. */
export const actOnBreaker: Handler = async ({ state, parameter, request, user }) => {
  const { member, groups } = state.breaker(parameter);
  const { order, text } = await readOrder(request, member.controls);
  return state.keys.once(request, user.id, text, async () => {
    const { action, reason } = order;
    const { state: from } = state.showBreaker(parameter);
    state.registry.control(groups[0] ?? '', member.name, action, { reason, actor: user.name });
    const after = state.showBreaker(parameter);
    state.log({
      event: 'console.action',
      message: `${action} of ${member.name} was ordered`,
      actor: user.id,
      target: parameter,
      action,
      reason,
      from,
      to: after.state,
    });
    return Response.json(after);
  });
};

import { isUnchangedPolicy } from './brand.ts';
import type { Next } from './call.ts';
import { InvalidSettingsError } from './errors.ts';
import type { Policy } from './policy.ts';
import { rejected } from './rejected.ts';
import { dropRejection } from './user-function.ts';

/**
 * Links a policy to the rest of its chain.
 *
 * Only the links of built-in policies are called as they are. One that somebody else has written, in a policy or in a
 * class that extends ours, may throw at once and may answer no promise, or a thenable: the policies around it count on a
 * promise. Who extends a built-in class by a `run` of its own is run by that.
 *
 * @param outer the policies before this one in the list, outermost first
 * @throws InvalidSettingsError when `link` answers something that is no function
 */
export function linkOf(policy: Policy<unknown>, next: Next<unknown>, outer: readonly Policy<unknown>[]): Next<unknown> {
  if (isUnchangedPolicy(policy, 'run', 'link') && policy.link !== undefined) return policy.link(next, outer);
  const linked: unknown = hasLinkOfItsOwn(policy) ? policy.link?.(next, outer) : undefined;
  if (linked === undefined) return promising((call) => policy.run(call, next));
  if (typeof linked === 'function') return promising(linked as Next<unknown>);
  dropRejection(linked);
  throw new InvalidSettingsError(`policy "${policy.name}"`, [
    `link() must answer a function from a call to a promise, or undefined, got a value of type ${typeof linked}`,
  ]);
}

/** Not that of a built-in class whose `run` was replaced: it would go past the new one. */
function hasLinkOfItsOwn(policy: Policy<unknown>): boolean {
  return typeof policy.link === 'function' && !isUnchangedPolicy(policy, 'link');
}

function promising(link: Next<unknown>): Next<unknown> {
  return (call) => {
    try {
      return Promise.resolve(link(call));
    } catch (error) {
      return rejected(error);
    }
  };
}

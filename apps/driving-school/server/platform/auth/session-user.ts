import type { SessionUser } from '../../../contract/session.ts';
import type { UserCopy } from './user-copies.ts';

/** The signed-in user as the API returns it. */
export function sessionUser(user: UserCopy): SessionUser {
  return { id: user.id, name: user.name, email: user.email, role: user.role };
}

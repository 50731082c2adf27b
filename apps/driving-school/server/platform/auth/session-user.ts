import type { SessionUser } from '../../../contract/session.ts';
import type { KnownUser } from './known-users.ts';

/** The signed-in user as the API returns it. */
export function sessionUser(user: KnownUser): SessionUser {
  return { id: user.id, name: user.name, email: user.email, role: user.role };
}

import type { SessionUser } from '../../../contract/session.ts';
import type { KnownUser } from './known-users.ts';

/** A user as the pages see the person who is signed in. */
export function sessionUser(user: KnownUser): SessionUser {
  return { id: user.id, name: user.name, email: user.email, role: user.role };
}

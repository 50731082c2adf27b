import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Actor, Role } from '../../contract/session.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { Identity } from '../platform/http/access.ts';
import type { WallClock } from '../platform/wall-clock.ts';

/** A user of each role, a second instructor, and the owner of another school. */
export type People = Readonly<Record<Role | 'otherInstructor' | 'stranger', Actor>>;

interface Tables {
  schools: { id: string; name: string };
  users: { id: string; school_id: string; role: string; name: string; email: string | null };
}

/** Adds the people to the school of the migrations, and another school. */
export async function addPeople(
  handle: DatabaseHandle,
): Promise<{ readonly schoolId: string; readonly people: People }> {
  const tables = handle as unknown as Kysely<Tables>;
  const school = await tables.selectFrom('schools').select('id').executeTakeFirstOrThrow();
  const otherSchool = { id: randomUUID(), name: 'Another school' };
  await tables.insertInto('schools').values(otherSchool).execute();
  const person = async (role: Role, name: string, schoolId = school.id): Promise<Actor> => {
    const id = randomUUID();
    const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.com`;
    await tables.insertInto('users').values({ id, school_id: schoolId, role, name, email }).execute();
    return { userId: id, schoolId, role, name };
  };
  return {
    schoolId: school.id,
    people: {
      owner: await person('owner', 'Olive Owner'),
      office: await person('office', 'Otto Office'),
      instructor: await person('instructor', 'Ines Instructor'),
      otherInstructor: await person('instructor', 'Ivan Instructor'),
      operator: await person('operator', 'Oscar Operator'),
      stranger: await person('owner', 'Stan Stranger', otherSchool.id),
    },
  };
}

/** Trusts the user ID in the header `x-test-user`. */
export class PeopleIdentity implements Identity {
  readonly #byId: Map<string, Actor>;
  readonly #wallClock: WallClock;

  constructor(people: Readonly<Record<string, Actor>>, wallClock: WallClock) {
    this.#byId = new Map(Object.values(people).map((actor) => [actor.userId, actor]));
    this.#wallClock = wallClock;
  }

  async register(): Promise<void> {}

  identify: Identity['identify'] = async (request) => {
    const actor = this.#byId.get(String(request.headers['x-test-user']));
    return actor && { actor, email: 'somebody@example.com', asOf: this.#wallClock.now(), source: 'live' };
  };

  /** Signs in a user that the test has added to the database. */
  enrol(actor: Actor): Actor {
    this.#byId.set(actor.userId, actor);
    return actor;
  }
}

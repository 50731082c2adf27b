import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pipeline } from 'dualbrake';
import { sql } from 'kysely';
import type { Actor } from '../../contract/session.ts';
import type { DatabaseTransaction } from './database/handle.ts';
import { sharedDatabase, type TestDatabase } from './database/testing/test-database.ts';
import { Idempotency } from './idempotency.ts';
import { testSecrets } from '../students/testing/test-secrets.ts';
import { RefusalError } from './refusal-error.ts';
import { UnitOfWork } from './unit-of-work.ts';

class CarTakenError extends RefusalError {
  readonly code = 'CAR_TAKEN';
}

const actor: Actor = {
  userId: '018f0000-0000-7000-8000-000000000002',
  schoolId: '018f0000-0000-7000-8000-000000000001',
  role: 'owner',
  name: 'Olive Owner',
};

let database: TestDatabase;
let unitOfWork: UnitOfWork;
before(async () => {
  database = await sharedDatabase();
  await sql`CREATE TABLE cars (plate text CONSTRAINT cars_plate UNIQUE)`.execute(database.kysely);
  // Everything that a slice has to write.
  unitOfWork = new UnitOfWork({
    database: database.kysely,
    idempotency: new Idempotency(testSecrets),
    policies: { databaseWrite: pipeline('once', []), databaseWriteOnce: pipeline('keyed', []) },
    constraints: { cars_plate: () => new CarTakenError() },
  });
});
after(() => database[Symbol.asyncDispose]());

const insert = (plate: string) => async (transaction: DatabaseTransaction) => {
  await sql`INSERT INTO cars VALUES (${plate})`.execute(transaction);
  return { plate };
};
const count = async (plate: string): Promise<number> => {
  const { rows } = await sql<{ n: string }>`SELECT count(*) AS n FROM cars WHERE plate = ${plate}`.execute(
    database.kysely,
  );
  return Number(rows[0]?.n);
};

test('a violated unique index becomes the refusal declared by the slice', async () => {
  const change = { actor, operation: 'add car', request: null };
  assert.deepEqual(await unitOfWork.change(change, insert('UNIQUE')), { plate: 'UNIQUE' });
  await assert.rejects(unitOfWork.change(change, insert('UNIQUE')), { code: 'CAR_TAKEN' });
});

test('a thrown refusal rolls back; a returned one commits and is thrown', async () => {
  const refusing = async (transaction: DatabaseTransaction): Promise<RefusalError> => {
    await insert('RETURNED')(transaction);
    return new CarTakenError();
  };
  const throwing = async (transaction: DatabaseTransaction): Promise<void> => {
    await insert('THROWN')(transaction);
    throw new CarTakenError();
  };
  await assert.rejects(unitOfWork.transaction(pipeline('read', []), refusing), { code: 'CAR_TAKEN' });
  await assert.rejects(unitOfWork.change({ actor, operation: 'add car', request: null }, throwing), {
    code: 'CAR_TAKEN',
  });
  assert.deepEqual([await count('RETURNED'), await count('THROWN')], [1, 0]);
});

test('an error of the database before the commit: not committed', async () => {
  const failing = async (): Promise<never> => {
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
  };
  await assert.rejects(unitOfWork.change({ actor, operation: 'add car', request: null }, failing), {
    code: 'NOT_COMMITTED',
  });
});

test('a lost answer to the commit: outcome unknown, repeatable only with a key', async () => {
  const losing = new UnitOfWork({
    database: database.kysely,
    idempotency: new Idempotency(testSecrets),
    policies: { databaseWrite: pipeline('once', []), databaseWriteOnce: pipeline('keyed', []) },
  });
  losing.run = async (work) => {
    await unitOfWork.run(work);
    throw new Error('Connection terminated unexpectedly');
  };
  await assert.rejects(losing.change({ actor, operation: 'add car', request: null }, insert('LOST')), {
    code: 'OUTCOME_UNKNOWN',
    repeatable: false,
  });
  assert.equal(await count('LOST'), 1);
});

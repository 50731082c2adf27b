import { sql } from 'kysely';
import type { Product } from '../../contract/products.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { courseTables } from './course-table.ts';

const columns = ['id', 'name', 'kind', 'in_vehicle_minutes', 'status', 'version'] as const;

interface By {
  readonly schoolId: string;
  readonly actorId: string;
}

/** The products in the database. */
export const ProductRepository = {
  /** All of a school, active ones first, by name. */
  all(handle: DatabaseHandle, schoolId: string): Promise<Product[]> {
    return courseTables(handle)
      .selectFrom('products')
      .select(columns)
      .where('school_id', '=', schoolId)
      .orderBy('status')
      .orderBy(sql`lower(name)`)
      .orderBy('id')
      .execute();
  },

  /** @param lock until the transaction ends */
  find(handle: DatabaseHandle, schoolId: string, id: string, { lock = false } = {}): Promise<Product | undefined> {
    const query = courseTables(handle)
      .selectFrom('products')
      .select(columns)
      .where('school_id', '=', schoolId)
      .where('id', '=', id);
    return (lock ? query.forUpdate() : query).executeTakeFirst();
  },

  async insert(
    transaction: DatabaseTransaction,
    product: Pick<Product, 'id' | 'name' | 'kind' | 'in_vehicle_minutes'>,
    { schoolId, actorId }: By,
  ): Promise<void> {
    await courseTables(transaction)
      .insertInto('products')
      .values({ ...product, school_id: schoolId, created_by: actorId, updated_by: actorId })
      .execute();
  },

  async update(
    transaction: DatabaseTransaction,
    { id, ...values }: Pick<Product, 'id' | 'name' | 'in_vehicle_minutes' | 'status'>,
    { schoolId, actorId }: By,
  ): Promise<void> {
    await courseTables(transaction)
      .updateTable('products')
      .set({ ...values, version: sql<number>`version + 1`, updated_at: sql<Date>`now()`, updated_by: actorId })
      .where('school_id', '=', schoolId)
      .where('id', '=', id)
      .execute();
  },
};

import { randomUUIDv7 } from 'node:crypto';
import type { Pipeline } from 'dualbrake';
import type { z } from 'zod';
import type {
  Product,
  ProductAnswer,
  productChangesSchema,
  productCreateSchema,
  ProductList,
} from '../../contract/products.ts';
import type { Actor } from '../../contract/session.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import type { ChangeRequest, UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { CourseRecordChangedError, CourseRecordNotFoundError } from './course-errors.ts';
import { ProductRepository } from './product-repository.ts';

/** The parts of the service. */
export interface ProductServiceParts {
  readonly database: DatabaseHandle;
  readonly unitOfWork: UnitOfWork;
  readonly policies: { readonly databaseRead: Pipeline };
  readonly wallClock: WallClock;
}

/** The list of what the school sells. */
export class ProductService {
  readonly #parts: ProductServiceParts;

  constructor(parts: ProductServiceParts) {
    this.#parts = parts;
  }

  async list({ schoolId }: Actor, context?: RequestContext): Promise<ProductList> {
    const { policies, database } = this.#parts;
    const as_of = this.#now();
    const data = await policies.databaseRead.execute(() => ProductRepository.all(database, schoolId), context);
    return { data, next_cursor: null, stale: false, as_of, complete: true };
  }

  /** @throws CourseRecordNotFoundError */
  async read({ schoolId }: Actor, id: string, context?: RequestContext): Promise<ProductAnswer> {
    const { policies, database } = this.#parts;
    const as_of = this.#now();
    const data = await policies.databaseRead.execute(() => ProductRepository.find(database, schoolId, id), context);
    if (data === undefined) throw new CourseRecordNotFoundError('product');
    return { data, stale: false, as_of };
  }

  /** @throws ProductNameTakenError */
  async create(input: z.output<typeof productCreateSchema>, request: ChangeRequest): Promise<ProductAnswer> {
    const { actor } = request;
    const as_of = this.#now();
    const answer = await this.#parts.unitOfWork.change(
      { ...request, operation: 'create product', request: input },
      async (transaction) => {
        const id = randomUUIDv7();
        const { name, kind, in_vehicle_minutes = null } = input;
        const by = { schoolId: actor.schoolId, actorId: actor.userId };
        await ProductRepository.insert(transaction, { id, name, kind, in_vehicle_minutes }, by);
        return { data: await this.#mustFind(transaction, actor, id), as_of };
      },
    );
    return { ...answer, stale: false };
  }

  /** @throws CourseRecordNotFoundError, CourseRecordChangedError, ProductNameTakenError */
  async change(
    id: string,
    patch: z.output<typeof productChangesSchema>,
    request: ChangeRequest & { readonly version: number },
  ): Promise<ProductAnswer> {
    const { actor, version } = request;
    const as_of = this.#now();
    const operation = `change product ${id} at ${version}`;
    const answer = await this.#parts.unitOfWork.change(
      { ...request, operation, request: patch },
      async (transaction) => {
        const current = await ProductRepository.find(transaction, actor.schoolId, id, { lock: true });
        if (current === undefined) throw new CourseRecordNotFoundError('product');
        if (current.version !== version) throw new CourseRecordChangedError('product', current.version);
        const changed = {
          id,
          name: patch.name ?? current.name,
          in_vehicle_minutes:
            patch.in_vehicle_minutes === undefined ? current.in_vehicle_minutes : patch.in_vehicle_minutes,
          status: patch.status ?? current.status,
        };
        await ProductRepository.update(transaction, changed, { schoolId: actor.schoolId, actorId: actor.userId });
        return { data: await this.#mustFind(transaction, actor, id), as_of };
      },
    );
    return { ...answer, stale: false };
  }

  async #mustFind(transaction: DatabaseTransaction, { schoolId }: Actor, id: string): Promise<Product> {
    const found = await ProductRepository.find(transaction, schoolId, id);
    if (found === undefined) throw new CourseRecordNotFoundError('product');
    return found;
  }

  #now(): string {
    return this.#parts.wallClock.now().toString({ smallestUnit: 'millisecond' });
  }
}

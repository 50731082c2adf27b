import { z } from 'zod';
import {
  productAnswerSchema,
  productChangesSchema,
  productCreateSchema,
  productListSchema,
} from '../../contract/products.ts';
import { requireRole } from '../platform/http/access.ts';
import {
  changeHeaders,
  changeRequestOf,
  createHeaders,
  etagOf,
  versionedChangeOf,
} from '../platform/http/change-headers.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { answerLive } from '../platform/http/live-answer.ts';
import type { ProductService } from './product-service.ts';

const tags = ['Courses'];
const path = z.object({ product_id: z.uuid('This is not the ID of a product.') });

/** Adds the routes of products. */
export function registerProducts(app: HttpServer, service: ProductService): void {
  const preHandler = requireRole('owner', 'office');

  app.get(
    '/api/products',
    {
      preHandler,
      config: { isRead: true },
      schema: { tags, summary: 'List what the school sells', response: { 200: productListSchema } },
    },
    async (request, reply) => {
      return answerLive(await service.list(request.actor, request.recovery), reply);
    },
  );

  app.get(
    '/api/products/:product_id',
    {
      preHandler,
      config: { isRead: true },
      schema: {
        tags,
        record: 'product',
        summary: 'Get a product',
        params: path,
        response: { 200: productAnswerSchema },
      },
    },
    async (request, reply) => {
      return answerLive(await service.read(request.actor, request.params.product_id, request.recovery), reply);
    },
  );

  app.post(
    '/api/products',
    {
      preHandler,
      schema: {
        tags,
        refusals: { 409: { product_name_taken: 'Another product has this name.' } },
        summary: 'Add a product',
        headers: createHeaders,
        body: productCreateSchema,
        response: { 201: productAnswerSchema },
      },
    },
    async (request, reply) => {
      const answer = await service.create(request.body, changeRequestOf(request));
      reply.code(201).header('location', `/api/products/${answer.data.id}`).header('etag', etagOf(answer.data));
      return answer;
    },
  );

  app.patch(
    '/api/products/:product_id',
    {
      preHandler,
      schema: {
        tags,
        record: 'product',
        refusals: { 409: { product_name_taken: 'Another product has this name.' } },
        summary: 'Change a product',
        description: 'If-Match is required. The kind stays: courses rely on it.',
        params: path,
        headers: changeHeaders,
        body: productChangesSchema,
        response: { 200: productAnswerSchema },
      },
    },
    async (request, reply) => {
      const change = versionedChangeOf(request);
      const answer = await service.change(request.params.product_id, request.body, change);
      reply.header('etag', etagOf(answer.data));
      return answer;
    },
  );
}

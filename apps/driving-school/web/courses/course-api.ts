import type {
  EnrolmentAnswer,
  EnrolmentChangeAnswer,
  EnrolmentChanges,
  EnrolmentCreate,
  EnrolmentList,
} from '../../contract/enrolments.ts';
import type { ProductAnswer, ProductChanges, ProductCreate, ProductList } from '../../contract/products.ts';
import type { StudentLessonList } from '../../contract/student-lessons.ts';
import { type ChangeConditions, headersOf, send } from '../api.ts';

type AtVersion = Pick<ChangeConditions, 'version'>;

/** The requests about courses, products and the lessons of a student. */
export const courseApi = {
  enrolments: (studentId: string, signal?: AbortSignal) =>
    send<EnrolmentList>('GET', `/api/students/${studentId}/enrolments`, { signal }),
  enrol: (studentId: string, body: EnrolmentCreate, idempotencyKey: string) =>
    send<EnrolmentAnswer>('POST', `/api/students/${studentId}/enrolments`, { body, idempotencyKey }),
  change: (id: string, body: EnrolmentChanges, conditions: ChangeConditions) =>
    send<EnrolmentChangeAnswer>('PATCH', `/api/enrolments/${id}`, { body, ...headersOf(conditions) }),
  previewChange: (id: string, body: EnrolmentChanges, { version }: AtVersion) =>
    send<EnrolmentChangeAnswer>('PATCH', `/api/enrolments/${id}?preview=true`, { body, ifMatch: `"${version}"` }),
  withdraw: (id: string, reason: string, conditions: ChangeConditions) =>
    send<EnrolmentChangeAnswer>('POST', `/api/enrolments/${id}/withdraw`, {
      body: { reason },
      ...headersOf(conditions),
    }),
  previewWithdraw: (id: string, { version }: AtVersion, signal?: AbortSignal) =>
    send<EnrolmentChangeAnswer>('POST', `/api/enrolments/${id}/withdraw?preview=true`, {
      body: {},
      ifMatch: `"${version}"`,
      signal,
    }),
  reinstate: (id: string, conditions: ChangeConditions) =>
    send<EnrolmentChangeAnswer>('POST', `/api/enrolments/${id}/reinstate`, { body: {}, ...headersOf(conditions) }),

  products: (signal?: AbortSignal) => send<ProductList>('GET', '/api/products', { signal }),
  addProduct: (body: ProductCreate, idempotencyKey: string) =>
    send<ProductAnswer>('POST', '/api/products', { body, idempotencyKey }),
  changeProduct: (id: string, body: ProductChanges, conditions: ChangeConditions) =>
    send<ProductAnswer>('PATCH', `/api/products/${id}`, { body, ...headersOf(conditions) }),

  lessons: (studentId: string, signal?: AbortSignal) =>
    send<StudentLessonList>('GET', `/api/students/${studentId}/lessons?limit=200`, { signal }),
};

import type {
  GuardianCreate,
  GuardianList,
  StudentGuardianAnswer,
  StudentGuardianChanges,
  StudentGuardianList,
} from '../../contract/guardians.ts';
import { type ChangeConditions, headersOf, send } from '../api.ts';

const pathOf = (studentId: string, guardianId?: string): string =>
  `/api/students/${studentId}/guardians${guardianId === undefined ? '' : `/${guardianId}`}`;

/** The requests about guardians. */
export const guardianApi = {
  ofStudent: (studentId: string, signal?: AbortSignal) =>
    send<StudentGuardianList>('GET', pathOf(studentId), { signal }),
  search: (text: string, signal?: AbortSignal) =>
    send<GuardianList>('GET', `/api/guardians?${new URLSearchParams({ q: text }).toString()}`, { signal }),
  add: (studentId: string, body: GuardianCreate, idempotencyKey: string) =>
    send<StudentGuardianAnswer>('POST', pathOf(studentId), { body, idempotencyKey }),
  change: (studentId: string, guardianId: string, body: StudentGuardianChanges, conditions: ChangeConditions) =>
    send<StudentGuardianAnswer>('PATCH', pathOf(studentId, guardianId), { body, ...headersOf(conditions) }),
  makePrimary: (studentId: string, guardianId: string, conditions: ChangeConditions) =>
    send<StudentGuardianAnswer>('POST', `${pathOf(studentId, guardianId)}/primary`, {
      body: {},
      ...headersOf(conditions),
    }),
  remove: (studentId: string, guardianId: string) => send<undefined>('DELETE', pathOf(studentId, guardianId)),
};

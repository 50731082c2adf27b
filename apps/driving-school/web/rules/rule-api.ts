import type { RuleSetAnswer, RuleSetCreate, RuleSetList } from '../../contract/rule-sets.ts';
import { send } from '../api.ts';

/** The requests about the rules. */
export const ruleApi = {
  ruleSets: (signal?: AbortSignal) => send<RuleSetList>('GET', '/api/rule-sets', { signal }),
  add: (body: RuleSetCreate, idempotencyKey: string) =>
    send<RuleSetAnswer>('POST', '/api/rule-sets', { body, idempotencyKey }),
  remove: (id: string) => send<undefined>('DELETE', `/api/rule-sets/${id}`),
};

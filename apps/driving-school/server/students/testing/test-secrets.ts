import { createHmac } from 'node:crypto';

/** Keys for tests. */
export const testSecrets = {
  derive: (purpose: string): Buffer => createHmac('sha256', 'a secret for tests').update(purpose).digest(),
};

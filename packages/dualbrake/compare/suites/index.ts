import { cockatiel } from './cockatiel.ts';
import { failsafeGo } from './failsafe-go.ts';
import { gobreaker } from './gobreaker.ts';
import { got } from './got.ts';
import { ky } from './ky.ts';
import { nodeRetry } from './node-retry.ts';
import { opossum } from './opossum.ts';
import { polly } from './polly.ts';
import { pRetry } from './p-retry.ts';
import { resilience4j } from './resilience4j.ts';
import type { Suite } from './scenario.ts';

/** All of them, in the order of the page. */
export const suites: readonly Suite[] = [
  cockatiel,
  opossum,
  pRetry,
  nodeRetry,
  ky,
  got,
  failsafeGo,
  gobreaker,
  polly,
  resilience4j,
];

import { cockatiel } from './cockatiel.ts';
import { failsafeGo } from './failsafe-go.ts';
import { ky } from './ky.ts';
import { nodeRetry } from './node-retry.ts';
import { pRetry } from './p-retry.ts';
import { polly } from './polly.ts';
import { resilience4j } from './resilience4j.ts';
import type { Suite } from './scenario.ts';

/** All of them, in the order of the page. */
export const suites: readonly Suite[] = [cockatiel, pRetry, nodeRetry, ky, failsafeGo, polly, resilience4j];

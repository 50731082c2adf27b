import { cockatiel } from './cockatiel.ts';
import { ky } from './ky.ts';
import type { Suite } from './scenario.ts';

/** All of them, in the order of the page. */
export const suites: readonly Suite[] = [cockatiel, ky];

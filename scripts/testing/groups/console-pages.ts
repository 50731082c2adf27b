import { browserGroups } from '../plan.ts';
import { runTogether } from '../together.ts';

runTogether(browserGroups['console-pages']);

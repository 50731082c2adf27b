import { groups } from '../plan.ts';
import { runTogether } from '../together.ts';

runTogether(groups['programs-one']);

export { studentsWithGuardian } from './primary-guardians.ts';

export { deadlineHeader } from '../deadline-header.ts';
export { recovery, type RecoveryPluginOptions, type RouteGuard } from './recovery.ts';
export { problemMediaType, toProblem, type Problem } from './to-problem.ts';

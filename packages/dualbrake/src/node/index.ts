export { currentContext, installAmbientContext } from './ambient-context.ts';
export { diskProbe, type DiskProbeOptions } from './disk-probe.ts';
export { eventLoopProbe, type EventLoopProbeOptions } from './event-loop-probe.ts';
export { memoryProbe, type MemoryProbeOptions } from './memory-probe.ts';
export type { Probe, Reading } from './probe.ts';
export { StateFile, stateFile, type Loaded, type StateFileOptions } from './state-file.ts';

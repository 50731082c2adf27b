export { FaultSchedule, faultSchedule, type Fault, type ScheduledOptions } from './fault-schedule.ts';
export { flaky, type FailsByChance, type FailuresThen, type Flaky, type Script } from './flaky.ts';
export { ManualClock } from './manual-clock.ts';
export { policyContract, type ContractCheck } from './policy-contract.ts';
export { seededRandom } from './seeded-random.ts';
export {
  simulate,
  type Guard,
  type SimulatedDependency,
  type SimulationOptions,
  type SimulationReport,
} from './simulate.ts';

export {
  FaultInjection,
  faultInjection,
  InjectedFaultError,
  type ActiveFault,
  type Fault,
  type FaultInjectionOptions,
} from './fault-injection.ts';

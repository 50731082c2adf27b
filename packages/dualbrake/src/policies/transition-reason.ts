import type { Transition } from './circuit.ts';

/** The reason for a transition by the circuit's own rules, in words. @param what the outcome of the last call, in words */
export function transitionReason({ cause, failures, failureRatio, slowRatio }: Transition, what: string): string {
  switch (cause) {
    case 'run':
      return failures === 1 ? `1 failure: ${what}` : `${failures} consecutive failures, the last one ${what}`;
    case 'failures':
      return `too many failures in the window, the last one ${what}`;
    case 'failure-ratio':
      return `${percent(failureRatio)} of the calls in the window failed, the last one ${what}`;
    case 'slow-ratio':
      return `${percent(slowRatio)} of the calls in the window were slow, the last one ${what}`;
    case 'test-failed':
      return `the probe failed: ${what}`;
    case undefined:
      return what;
    default:
      return what;
  }
}

function percent(share = 0): string {
  return `${Math.round(share * 100)} %`;
}

import type { BreakerState, BreakerView, ChangeView, OperationView, ServiceView } from '../src/contract.ts';
import type { StatusShape } from '../kit/status-mark.tsx';
import type { Tone } from '../kit/tone.ts';

/** Word, shape and colour of a state, in this order of importance. */
export interface Look {
  readonly word: string;
  readonly shape: StatusShape;
  readonly tone: Tone;
}

/** What each state means, in the fewest words. */
export const breakerLooks: Readonly<Record<BreakerState, Look>> = {
  closed: { word: 'Closed: calls flow', shape: 'circle', tone: 'success' },
  open: { word: 'Open: calls are blocked', shape: 'square', tone: 'danger' },
  'half-open': { word: 'Half-open: testing', shape: 'half', tone: 'warning' },
};

const serviceLooks: Readonly<Record<string, Look>> = {
  up: { word: 'Up', shape: 'circle', tone: 'success' },
  down: { word: 'Down', shape: 'square', tone: 'danger' },
  starting: { word: 'Starting', shape: 'hourglass', tone: 'warning' },
  restarting: { word: 'Restarting', shape: 'hourglass', tone: 'warning' },
  stopped: { word: 'Stopped', shape: 'ring', tone: 'neutral' },
};

/** A service may have words of its own for its states. */
export function serviceLook(state: string): Look {
  return serviceLooks[state] ?? { word: state, shape: 'dotted', tone: 'neutral' };
}

/** Until when, in seconds that count down. */
export function countDown(untilMs: number, nowMs: number): string {
  const seconds = Math.ceil((untilMs - nowMs) / 1_000);
  if (seconds <= 0) return 'at the next call';
  return seconds < 120 ? `in ${seconds} s` : `in ${Math.ceil(seconds / 60)} min`;
}

/** `14:05:09`, on the clock of who looks. */
export function clockText(instantMs: number): string {
  return clock.format(instantMs);
}

const clock = new Intl.DateTimeFormat('en-CA', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** `5 failures.`: the server's reasons are clauses, with or without an end. */
export function sentence(clause: string): string {
  return clause === '' || /[.!?…]$/.test(clause) ? clause : `${clause}.`;
}

/** `0.1 %` of all; a dash where there is nothing to divide by. */
export function shareText(part: number, whole: number): string {
  if (whole === 0) return '—';
  const percent = (100 * part) / whole;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  return `${percent.toFixed(percent === 0 || percent >= 10 ? 0 : 1)} %`;
}

/** `1,204`; nothing measured is a dash, never 0. */
export function numberText(value: number | null): string {
  return value === null ? '—' : Math.round(value).toLocaleString('en-CA');
}

/** `340 ms`, `4.2 s`, `3.5 min`. */
export function durationText(ms: number | null): string {
  if (ms === null) return '—';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} min`;
}

/** What an order is called, what it does, and how it ends. */
export interface OrderWords {
  readonly label: string;
  readonly verb: string;
  /** The heading of the question. */
  readonly question: (name: string) => string;
  readonly consequence: string;
  readonly ending: string;
  readonly danger: boolean;
}

const orders: Readonly<Record<string, OrderWords>> = {
  trip: {
    label: 'Trip…',
    verb: 'Trip',
    question: (name) => `Trip ${name}?`,
    consequence:
      'It opens at once: all its calls are refused without being tried, and fallbacks answer where there are any.',
    ending:
      'It ends by itself: after the reset time the breaker tests with a single call. “Reset” ends it at any time.',
    danger: true,
  },
  probe: {
    label: 'Probe now…',
    verb: 'Probe',
    question: (name) => `Probe ${name} now?`,
    consequence: 'The wait is over at once: the next call is let through as a test.',
    ending: 'If the test succeeds the breaker closes, if it fails the breaker opens again.',
    danger: false,
  },
  reset: {
    label: 'Reset…',
    verb: 'Reset',
    question: (name) => `Reset ${name}?`,
    consequence: 'It closes at once and forgets the failures counted so far: all calls are let through.',
    ending: 'If the dependency is still unwell it will open again after the usual number of failures.',
    danger: false,
  },
  restart: {
    label: 'Restart…',
    verb: 'Restart',
    question: (name) => `Restart ${name}?`,
    consequence:
      'It is stopped and started again. Until it is back, known records are shown as copies and nothing can be saved.',
    ending: 'It usually takes a few seconds. Everything that was saved stays saved.',
    danger: true,
  },
  reconnect: {
    label: 'Reconnect…',
    verb: 'Reconnect',
    question: (name) => `Reconnect ${name}?`,
    consequence: 'All its connections are closed and made anew.',
    ending: 'Calls under way may fail and be tried again. It is over within a second.',
    danger: false,
  },
};

/** Words for an order; one that we do not know is called by its own name. */
export function orderWords(action: string): OrderWords {
  return (
    orders[action] ?? {
      label: `${action}…`,
      verb: action,
      question: (name) => `${action}: ${name}?`,
      consequence: `“${action}” is carried out.`,
      ending: '',
      danger: false,
    }
  );
}

/** What was seen of a breaker when the order was given. */
export interface Before {
  /** The report's instant. */
  readonly at: string;
  readonly since: string | undefined;
}

/**
 * Whether what was ordered can be seen in a report: nothing is called done before that.
 *
 * @param reportNow the report's instant: one that is not newer than the order tells nothing
 */
export function isSeen(action: string, breaker: BreakerView | undefined, reportNow: string, before: Before): boolean {
  if (breaker === undefined || reportNow <= before.at) return false;
  if (action === 'trip') return breaker.state === 'open';
  if (action === 'reset') return breaker.state === 'closed';
  // The test may be over already, with either outcome.
  return breaker.state !== 'open' || breaker.since !== before.since;
}

/** How an operation is going, in words. */
export function operationText({ action, state, message }: OperationView): string {
  const name = orderWords(action).verb;
  if (state === 'requested') return `${name}: requested`;
  if (state === 'applying') return `${name}: running…`;
  return `${name} ${state === 'applied' ? 'succeeded' : 'failed'}${message === null ? '' : `: ${message}`}`;
}

/** How one line of the timeline looks. */
export function changeLook({ kind, what }: ChangeView): { readonly shape: StatusShape; readonly tone: Tone } {
  if (kind === 'transition') {
    const to = what.split(' to ').at(-1);
    const look = to === 'open' || to === 'closed' || to === 'half-open' ? breakerLooks[to] : undefined;
    return look ?? { shape: 'ring', tone: 'neutral' };
  }
  if (kind === 'service') return serviceLook(what.split(' to ').at(-1) ?? '');
  if (what.endsWith('failed') || what === 'not healthy') return { shape: 'triangle', tone: 'danger' };
  return what.endsWith('succeeded') || what === 'healthy'
    ? { shape: 'check', tone: 'success' }
    : { shape: 'hexagon', tone: 'info' };
}

/** A service's facts in words. */
export function factName(name: string): string {
  const words: Readonly<Record<string, string>> = {
    pid: 'Process',
    kind: 'Kind',
    restarts: 'Restarts',
    attempts: 'Attempts',
    lastRestartMs: 'Last restart took',
  };
  return words[name] ?? name;
}

/** A fact's value; names that end in Ms are durations. */
export function factText(name: string, value: ServiceView['facts'][string]): string {
  if (typeof value === 'number')
    return name.endsWith('Ms') ? durationText(value) : name === 'pid' ? String(value) : numberText(value);
  return String(value);
}

/** How an operation looks on its way. */
export function operationLook(state: OperationView['state']): {
  readonly shape: StatusShape;
  readonly tone: Tone;
} {
  const looks = {
    requested: { shape: 'dotted', tone: 'info' },
    applying: { shape: 'hourglass', tone: 'info' },
    applied: { shape: 'check', tone: 'success' },
    partial: { shape: 'triangle', tone: 'warning' },
    failed: { shape: 'triangle', tone: 'danger' },
    expired: { shape: 'triangle', tone: 'danger' },
  } as const;
  return looks[state];
}

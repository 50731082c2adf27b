import type { BreakerState, BreakerView, ChangeView, OperationView, ServiceView } from '../../src/contract.ts';
import type { StatusShape } from '@dualbrake/kit';
import type { Tone } from '@dualbrake/kit';

/** Word, shape and colour of a state, in this order of importance. */
export interface Look {
  readonly word: string;
  readonly shape: StatusShape;
  readonly tone: Tone;
}

/** What each state means, in as few words as possible. */
export const breakerLooks: Readonly<Record<BreakerState, Look>> = {
  closed: { word: 'Closed: calls flow', shape: 'circle', tone: 'success' },
  open: { word: 'Open: calls are blocked', shape: 'square', tone: 'danger' },
  'half-open': { word: 'Half-open: probing', shape: 'half', tone: 'warning' },
};

/** How a breaker looks: an operator's order comes before what it has judged itself. */
export function breakerLook({ state, override, calls, refused }: BreakerView): Look {
  if (override?.mode === 'isolated') return { word: 'Isolated: calls are blocked', shape: 'hexagon', tone: 'danger' };
  if (override?.mode === 'held_closed') {
    return { word: 'Held closed: protection is off', shape: 'triangle', tone: 'warning' };
  }
  if (state === 'closed' && calls + refused === 0) {
    return { word: 'No calls yet', shape: 'dotted', tone: 'neutral' };
  }
  return breakerLooks[state];
}

/** Whether somebody should look at it. */
export function needsLook({ state, circuit, override }: BreakerView): boolean {
  return state !== 'closed' || circuit !== 'closed' || override !== null;
}

/** `Open since 02:57:40: 5 consecutive failures.` */
export function breakerSentence({ state, override, since, reason }: BreakerView): string {
  if (override !== null) {
    const word = override.mode === 'isolated' ? 'isolated' : 'held closed';
    const by = override.actor === null ? '' : ` by ${override.actor}`;
    return capital(`${word}${by} until ${clockText(Date.parse(override.ends_at))}: ${override.reason}`);
  }
  return capital(`${state} since ${clockText(Date.parse(since))}${reason === '' ? '' : `: ${reason}`}`);
}

/** `Up since 02:57:40: started.` */
export function serviceSentence({ state, since, reason }: ServiceView): string {
  return capital(`${state} since ${clockText(Date.parse(since))}${reason === '' ? '' : `: ${reason}`}`);
}

const serviceLooks: Readonly<Record<string, Look>> = {
  up: { word: 'Up', shape: 'circle', tone: 'success' },
  down: { word: 'Down', shape: 'square', tone: 'danger' },
  starting: { word: 'Starting', shape: 'hourglass', tone: 'warning' },
  restarting: { word: 'Restarting', shape: 'hourglass', tone: 'warning' },
  draining: { word: 'Draining: takes no new work', shape: 'hourglass', tone: 'warning' },
  failed: { word: 'Failed', shape: 'square', tone: 'danger' },
  unknown: { word: 'Unknown', shape: 'dotted', tone: 'warning' },
  stopped: { word: 'Stopped', shape: 'ring', tone: 'warning' },
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

/** `The probe failed.`: a clause as a sentence of its own. */
export function capital(clause: string): string {
  return sentence(`${clause.charAt(0).toUpperCase()}${clause.slice(1)}`);
}

/** `5 min`, `4 h`, `1 day`. */
export function minutesText(minutes: number): string {
  if (minutes < 60) return `${minutes} min`;
  return minutes < 1_440 ? `${minutes / 60} h` : `${minutes / 1_440} day${minutes === 1_440 ? '' : 's'}`;
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

/** `30 s`, `1.5 s`, `10 min`: a duration that somebody has set, to the digit, where `durationText` rounds a measured one. */
export function limitText(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  return ms >= 120_000 && ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1_000} s`;
}

/** How an operation is going, in words. */
export function operationText({ action, state, message }: OperationView): string {
  const name = action.charAt(0).toUpperCase() + action.slice(1).replaceAll('-', ' ');
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
  return words[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
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

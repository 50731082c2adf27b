import type { StatusShape, Tone } from '@dualbrake/kit';
import type {
  AttentionView,
  BreakerState,
  BreakerView,
  ChangeView,
  OperationView,
  OverviewView,
  ServiceView,
} from '../../src/contract.ts';

export interface Mark {
  readonly shape: StatusShape;
  readonly tone: Tone;
}

/** Label, shape and colour of a status, in this order of importance. */
export interface Status extends Mark {
  readonly label: string;
}

export const breakerStatuses = {
  closed: { label: 'Closed: calls flow', shape: 'circle', tone: 'success' },
  open: { label: 'Open: calls are blocked', shape: 'square', tone: 'danger' },
  'half-open': { label: 'Half-open: probing', shape: 'half', tone: 'warning' },
  isolated: { label: 'Isolated: calls are blocked', shape: 'hexagon', tone: 'danger' },
  held_closed: { label: 'Held closed: protection is off', shape: 'triangle', tone: 'warning' },
  unused: { label: 'No calls yet', shape: 'dotted', tone: 'neutral' },
} satisfies Readonly<Record<string, Status>>;

/** Marks of the server's judgement of a state. */
export const judgementMarks: Readonly<Record<AttentionView['tone'] | OverviewView['verdict']['tone'], Mark>> = {
  good: { tone: 'success', shape: 'circle' },
  info: { tone: 'info', shape: 'ring' },
  warning: { tone: 'warning', shape: 'half' },
  bad: { tone: 'danger', shape: 'square' },
};

/** The status of a breaker; an override comes before the automatic state. */
export function breakerStatus({ state, override, calls, refused }: BreakerView): Status {
  if (override !== null) return breakerStatuses[override.mode];
  return breakerStatuses[state === 'closed' && calls + refused === 0 ? 'unused' : state];
}

export function needsAttention({ state, circuit, override }: BreakerView): boolean {
  return state !== 'closed' || circuit !== 'closed' || override !== null;
}

/** The name of a breaker; its ID while it is not in the report. */
export function breakerName(report: Pick<OverviewView, 'breakers'> | undefined, id: string): string {
  return report?.breakers.find((breaker) => breaker.id === id)?.name ?? id;
}

/** `Open since 02:57:40: 5 consecutive failures.` */
export function breakerSentence(breaker: BreakerView): string {
  const { override } = breaker;
  if (override === null) return stateSentence(breaker);
  const mode = override.mode === 'isolated' ? 'isolated' : 'held closed';
  const by = override.actor === null ? '' : ` by ${override.actor}`;
  return capital(`${mode}${by} until ${clockText(override.ends_at)}: ${override.reason}`);
}

/** `Up since 02:57:40: started.` */
export const serviceSentence: (service: ServiceView) => string = stateSentence;

function stateSentence({ state, since, reason }: Pick<ServiceView, 'state' | 'since' | 'reason'>): string {
  return capital(`${state} since ${clockText(since)}${reason === '' ? '' : `: ${reason}`}`);
}

const serviceStatuses: Readonly<Record<string, Status>> = {
  up: { label: 'Up', shape: 'circle', tone: 'success' },
  down: { label: 'Down', shape: 'square', tone: 'danger' },
  starting: { label: 'Starting', shape: 'hourglass', tone: 'warning' },
  restarting: { label: 'Restarting', shape: 'hourglass', tone: 'warning' },
  late: { label: 'Late', shape: 'hourglass', tone: 'warning' },
  draining: { label: 'Draining: accepts no new work', shape: 'hourglass', tone: 'warning' },
  failed: { label: 'Failed', shape: 'square', tone: 'danger' },
  unknown: { label: 'Unknown', shape: 'dotted', tone: 'warning' },
  stopped: { label: 'Stopped', shape: 'ring', tone: 'warning' },
};

/** The status of a service; a state of the service's own is shown as it is. */
export function serviceStatus(state: string): Status {
  return serviceStatuses[state] ?? { label: state, shape: 'dotted', tone: 'neutral' };
}

/** When the first of the processes started, milliseconds since the epoch. */
export function startedMs({ instances, now }: Pick<OverviewView, 'instances' | 'now'>): number {
  return Math.min(...instances.map(({ started_at: at }) => Date.parse(at)), Date.parse(now));
}

/** `in 12 s`, `in 3 min`. */
export function countDown(untilMs: number, nowMs: number): string {
  const seconds = Math.ceil((untilMs - nowMs) / 1_000);
  if (seconds <= 0) return 'at the next call';
  return seconds < 120 ? `in ${seconds} s` : `in ${Math.ceil(seconds / 60)} min`;
}

const clockParts = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
const clock = new Intl.DateTimeFormat('en-CA', clockParts);
const exactClock = new Intl.DateTimeFormat('en-CA', { ...clockParts, fractionalSecondDigits: 3 });

/** `14:05:09`, in the reader's time zone. @param instant ISO 8601, or milliseconds since the epoch */
export function clockText(instant: string | number): string {
  const instantMs = new Date(instant).getTime();
  return Number.isNaN(instantMs) ? '—' : clock.format(instantMs);
}

/** `14:05:09.123`, in the reader's time zone. */
export function exactClockText(instant: string): string {
  return exactClock.format(Date.parse(instant)).replace(',', '.');
}

/** A clause with a full stop: the server's reasons come with or without one. */
export function sentence(clause: string): string {
  return clause === '' || /[.!?…]$/.test(clause) ? clause : `${clause}.`;
}

/** A clause as a sentence: `The probe failed.` */
export function capital(clause: string): string {
  return sentence(capitalized(clause));
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** A technical name as words: `flush-cache` is `Flush cache`. */
export function wordsOf(name: string): string {
  return capitalized(name.replaceAll(/[._-]+/g, ' '));
}

/** `1 breaker`, `1,204 calls`. */
export function countText(count: number, noun: string, plural = `${noun}s`): string {
  return `${numberText(count)} ${count === 1 ? noun : plural}`;
}

/** `5 min`, `4 h`, `1 day`. */
export function minutesText(minutes: number): string {
  if (minutes < 60) return `${minutes} min`;
  return minutes < 1_440 ? `${minutes / 60} h` : countText(minutes / 1_440, 'day');
}

/** `0.1 %`; a dash when the whole is 0. */
export function shareText(part: number, whole: number): string {
  if (whole === 0) return '—';
  const percent = (100 * part) / whole;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  return `${percent.toFixed(percent === 0 || percent >= 10 ? 0 : 1)} %`;
}

/** `1,204`; a dash for what was not measured. */
export function numberText(value: number | null): string {
  return value === null ? '—' : Math.round(value).toLocaleString('en-CA');
}

/** A measured duration, rounded: `340 ms`, `4.2 s`, `3.5 min`. */
export function durationText(ms: number | null): string {
  if (ms === null) return '—';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} min`;
}

/** A configured duration, exact: `30 s`, `1.5 s`, `10 min`. */
export function limitText(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  return ms >= 120_000 && ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1_000} s`;
}

const operationMarks: Readonly<Record<OperationView['state'], Mark>> = {
  requested: { shape: 'dotted', tone: 'info' },
  applying: { shape: 'hourglass', tone: 'info' },
  applied: { shape: 'check', tone: 'success' },
  partial: { shape: 'triangle', tone: 'warning' },
  failed: { shape: 'triangle', tone: 'danger' },
  expired: { shape: 'triangle', tone: 'danger' },
};

export function operationMark(state: OperationView['state']): Mark {
  return operationMarks[state];
}

/** `Restart: running…`, `Restart succeeded: The process is back.` */
export function operationText({ action, state, message }: OperationView): string {
  const name = wordsOf(action);
  if (state === 'requested') return `${name}: requested`;
  if (state === 'applying') return `${name}: running…`;
  return `${name} ${state === 'applied' ? 'succeeded' : 'failed'}${message === null ? '' : `: ${message}`}`;
}

export function changeMark({ kind, what }: ChangeView): Mark {
  const to = what.split(' to ').at(-1) ?? '';
  if (kind === 'transition')
    return to in breakerStatuses ? breakerStatuses[to as BreakerState] : { shape: 'ring', tone: 'neutral' };
  if (kind === 'service') return serviceStatus(to);
  if (what.endsWith('failed') || what === 'not healthy') return { shape: 'triangle', tone: 'danger' };
  return what.endsWith('succeeded') || what === 'healthy'
    ? { shape: 'check', tone: 'success' }
    : { shape: 'hexagon', tone: 'info' };
}

const factNames: Readonly<Record<string, string>> = {
  pid: 'Process',
  lastRestartMs: 'Last restart took',
  ageMs: 'Age',
};

/** The name of a fact that a service reports about itself. */
export function factName(name: string): string {
  return factNames[name] ?? capitalized(name);
}

/** The value of a fact; names that end in `Ms` are durations. */
export function factText(name: string, value: ServiceView['facts'][string]): string {
  if (typeof value !== 'number' || name === 'pid') return String(value);
  return name.endsWith('Ms') ? durationText(value) : numberText(value);
}

import type { ChangedEvent, ControlEvent, GaveUpEvent, RecoveryEvent, RetryEvent, TransitionEvent } from '../events.ts';

type AttributeValue = string | number | boolean | Readonly<Record<string, number>>;

/**
 * A log record as `@opentelemetry/api-logs` accepts it. Contains nothing from an error's message.
 *
 * @example
 * ```ts
 * const print = (record: EventLogRecord) => log.info(`${record.severityText} ${record.eventName}`);
 * ```
 */
export interface EventLogRecord {
  /** One of a fixed list, such as `recovery.breaker.opened`; details are in the attributes. */
  readonly eventName: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/**
 * The part of a `Logger` of `@opentelemetry/api-logs` that is used here.
 *
 * @example
 * ```ts
 * import { metrics } from '@opentelemetry/api';
 *
 * const logger: EventLogger = { emit: ({ eventName }) => log.info(eventName) };
 * exportToOpenTelemetry(defaultRegistry, { meter: metrics.getMeter('dualbrake'), logger });
 * ```
 */
export interface EventLogger {
  emit(record: EventLogRecord): void;
}

/** Longest text from outside that goes into an attribute, in UTF-16 code units. */
const TEXT_MAX = 256;

/** As OpenTelemetry numbers them. */
const severities = { DEBUG: 5, INFO: 9, WARN: 13 } as const;

interface Told {
  readonly name: string;
  readonly severity: keyof typeof severities;
  readonly attributes: Readonly<Record<string, AttributeValue | undefined>>;
}

/**
 * The log record of an event; nothing for events that are not logged.
 *
 * @param timestamp milliseconds since the epoch
 */
export function logRecordOf(event: RecoveryEvent, timestamp: number): EventLogRecord | undefined {
  const told = tell(event);
  if (told === undefined) return undefined;
  const { correlationId } = event.attributes;
  const attributes = {
    'recovery.pipeline': event.pipeline,
    'recovery.policy': event.policy,
    'recovery.key': event.key,
    'recovery.correlation_id': typeof correlationId === 'string' ? correlationId : undefined,
    ...told.attributes,
  };
  return {
    eventName: told.name,
    timestamp,
    severityNumber: severities[told.severity],
    severityText: told.severity,
    attributes: Object.fromEntries(
      Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[name, capped(value)]])),
    ),
  };
}

function tell(event: RecoveryEvent): Told | undefined {
  if (event.type === 'transition') return tellTransition(event);
  if (event.type === 'retry') return tellRetry(event);
  if (event.type === 'gave-up') return tellGaveUp(event);
  if (event.type === 'control') return tellOrder(event);
  return event.type === 'changed' ? tellChange(event) : undefined;
}

function tellTransition({ to, from, trigger, reason, failures, ...more }: TransitionEvent): Told {
  const names = { open: 'opened', 'half-open': 'half_opened', closed: 'closed' } as const;
  return {
    name: `recovery.breaker.${names[to]}`,
    severity: to === 'open' ? 'WARN' : 'INFO',
    attributes: {
      'recovery.breaker.transition.from': word(from),
      'recovery.breaker.transition.to': word(to),
      'recovery.breaker.transition.trigger': word(trigger),
      'recovery.breaker.generation': more.generation,
      'recovery.breaker.consecutive_failures': failures,
      'recovery.breaker.failure_ratio': more.failureRatio,
      'recovery.breaker.slow_ratio': more.slowRatio,
      'recovery.breaker.retry_after_ms': more.retryAfterMs,
      'recovery.reason': reason,
    },
  };
}

function tellRetry({ attempt, delayMs, classification }: RetryEvent): Told {
  return {
    name: 'recovery.retry.scheduled',
    severity: 'DEBUG',
    attributes: {
      'recovery.retry.attempt.number': attempt,
      'recovery.retry.delay_ms': delayMs,
      ...found(classification),
    },
  };
}

function tellGaveUp({ attempts, stoppedBy, classification }: GaveUpEvent): Told {
  return {
    name: 'recovery.retry.exhausted',
    severity: stoppedBy === 'aborted' ? 'INFO' : 'WARN',
    attributes: {
      'recovery.retry.attempts': attempts,
      'recovery.retry.stopped_by': word(stoppedBy),
      ...found(classification),
    },
  };
}

function tellOrder({ order, what, from, to, reason, actor }: ControlEvent): Told {
  const about = { 'recovery.reason': reason, 'recovery.actor': actor };
  if (what !== 'order') {
    const change = { 'recovery.order': word(order), 'recovery.order.from': word(from), 'recovery.order.to': word(to) };
    return { name: 'recovery.order.given', severity: 'INFO', attributes: { ...change, ...about } };
  }
  if (order !== 'release') {
    const attributes = { 'recovery.breaker.override.mode': modeOf(to), ...about };
    return { name: 'recovery.override.set', severity: 'WARN', attributes };
  }
  const isOver = actor === undefined && reason === OVER;
  return {
    name: isOver ? 'recovery.override.expired' : 'recovery.override.released',
    severity: 'INFO',
    attributes: { 'recovery.breaker.override.mode': modeOf(from), ...about },
  };
}

/** The reason that a breaker gives when an override has expired; nothing else tells it from a release. A test compares it. */
const OVER = 'it expired';

function tellChange({ from, to }: ChangedEvent): Told {
  const changed = Object.keys(to).filter((name) => from[name] !== to[name]);
  return {
    name: 'recovery.config.changed',
    severity: 'INFO',
    attributes: { 'recovery.config.from': numbersOf(from, changed), 'recovery.config.to': numbersOf(to, changed) },
  };
}

function found({ class: errorClass, rule, kind }: RetryEvent['classification']): Told['attributes'] {
  return { 'recovery.error.class': errorClass, 'recovery.error.kind': kind, 'error.type': rule };
}

/** Settings are numbers; anything else has no business in a log. */
function numbersOf(values: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = values[name];
      return typeof value === 'number' ? [[name, value] as const] : [];
    }),
  );
}

function modeOf(kind: string): string {
  return kind === 'isolate' ? 'isolated' : kind === 'hold-closed' ? 'held_closed' : word(kind);
}

function word(text: string): string {
  return text.replaceAll('-', '_');
}

function capped(value: AttributeValue): AttributeValue {
  return typeof value === 'string' ? value.slice(0, TEXT_MAX) : value;
}

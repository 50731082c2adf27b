import type { RecoveryEvent } from 'dualbrake';
import type { LogLevel } from '../contract.ts';
import type { LogStore } from './log-store.ts';

/** Writes an event of the registry to the log. */
export function logEvent(event: RecoveryEvent, atMs: number, id: string, logs: LogStore): void {
  const described = describe(event);
  // Events of a newer copy of the library.
  if (described === undefined) return;
  const { type, pipeline, policy, key, attributes } = event;
  const { correlationId } = attributes;
  const [level, msg, facts] = described;
  logs.add({
    time: atMs,
    event: `recovery.${type}`,
    pipeline,
    policy,
    key,
    breaker: id,
    ...(typeof correlationId === 'string' ? { correlation_id: correlationId } : {}),
    level,
    msg,
    ...facts,
  });
}

type Described = [level: LogLevel, msg: string, facts?: Readonly<Record<string, unknown>>];

function describe(event: RecoveryEvent): Described | undefined {
  const { key, policy } = event;
  switch (event.type) {
    case 'retry': {
      const { attempt, classification } = event;
      const delayMs = Math.round(event.delayMs);
      const msg = `retry ${attempt} of ${key} in ${delayMs} ms after ${classification.rule}`;
      return ['warn', msg, { attempt, delay_ms: delayMs, ...causeOf(event) }];
    }
    case 'gave-up': {
      const { attempts, stoppedBy, classification } = event;
      const msg = `gave up on ${key} after ${attempts} attempts (${stoppedBy}): ${classification.rule}`;
      return ['warn', msg, { attempts, stopped_by: stoppedBy, ...causeOf(event) }];
    }
    case 'timeout': {
      const limitMs = Math.round(event.limitMs);
      return ['warn', `${key} did not answer within ${limitMs} ms`, { limit_ms: limitMs }];
    }
    case 'hedge':
      return ['debug', `${key} was slow, so an extra attempt was started`, { attempt: event.attempt }];
    case 'refused':
      return ['debug', `${key} was rejected by ${policy}`, { code: event.error.code }];
    case 'fallback':
      return ['debug', `${key} was answered by its fallback after ${event.classification.rule}`, causeOf(event)];
    case 'transition': {
      const { from, to, trigger, reason, failures } = event;
      const msg = `${policy} went from ${from} to ${to} (${trigger}): ${reason}`;
      return [to === 'open' ? 'error' : 'info', msg, { from, to, trigger, failures }];
    }
    case 'control': {
      const { order, what, from, to, reason = '', actor = null } = event;
      return ['warn', `action ${order} on ${policy}: ${what} from ${from} to ${to}`, { order, reason, actor }];
    }
    case 'changed':
      return ['warn', `settings of ${policy} were changed`, { from: event.from, to: event.to }];
    case 'check':
      return [event.healthy ? 'info' : 'debug', `${policy} is ${event.healthy ? '' : 'not '}healthy`];
    default:
      return undefined;
  }
}

function causeOf({ classification }: Extract<RecoveryEvent, { classification: unknown }>): Record<string, unknown> {
  return { class: classification.class, rule: classification.rule };
}

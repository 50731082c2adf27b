import type { RecoveryEvent } from 'dualbrake';
import type { LogStore } from './log-store.ts';

/** Writes an event of the registry as a line of the log: every change of state, every retry, with its context. */
export function logEvent(event: RecoveryEvent, atMs: number, id: string, logs: LogStore): void {
  const { correlationId } = event.attributes;
  const line = {
    time: atMs,
    event: `recovery.${event.type}`,
    pipeline: event.pipeline,
    policy: event.policy,
    key: event.key,
    breaker: id,
    ...(typeof correlationId === 'string' ? { correlation_id: correlationId } : {}),
  };
  switch (event.type) {
    case 'retry': {
      const { class: errorClass, rule } = event.classification;
      const delayMs = Math.round(event.delayMs);
      const msg = `retry ${event.attempt} of ${event.key} in ${delayMs} ms after ${rule}`;
      logs.add({ ...line, level: 'warn', msg, attempt: event.attempt, delay_ms: delayMs, class: errorClass, rule });
      return;
    }
    case 'gave-up': {
      const { class: errorClass, rule } = event.classification;
      const msg = `gave up on ${event.key} after ${event.attempts} attempts (${event.stoppedBy}): ${rule}`;
      const facts = { attempts: event.attempts, stopped_by: event.stoppedBy, class: errorClass, rule };
      logs.add({ ...line, level: 'warn', msg, ...facts });
      return;
    }
    case 'timeout': {
      const limitMs = Math.round(event.limitMs);
      logs.add({ ...line, level: 'warn', msg: `${event.key} did not answer within ${limitMs} ms`, limit_ms: limitMs });
      return;
    }
    case 'hedge':
      logs.add({
        ...line,
        level: 'debug',
        msg: `${event.key} was slow and was asked once more`,
        attempt: event.attempt,
      });
      return;
    case 'refused':
      logs.add({
        ...line,
        level: 'debug',
        msg: `${event.key} was not called: ${event.policy} refused`,
        code: event.error.code,
      });
      return;
    case 'fallback': {
      const { class: errorClass, rule } = event.classification;
      const msg = `${event.key} was answered by its fallback after ${rule}`;
      logs.add({ ...line, level: 'debug', msg, class: errorClass, rule });
      return;
    }
    case 'transition': {
      const { from, to, trigger, reason } = event;
      const msg = `${event.policy} went from ${from} to ${to} (${trigger}): ${reason}`;
      logs.add({ ...line, level: to === 'open' ? 'error' : 'info', msg, from, to, trigger, failures: event.failures });
      return;
    }
    case 'control': {
      const { order, what, from, to, reason = '' } = event;
      const msg = `order ${order} on ${event.policy}: ${what} from ${from} to ${to}`;
      logs.add({ ...line, level: 'warn', msg, order, reason, actor: event.actor ?? null });
      return;
    }
    case 'changed':
      logs.add({
        ...line,
        level: 'warn',
        msg: `settings of ${event.policy} were changed`,
        from: event.from,
        to: event.to,
      });
      return;
    case 'check':
      logs.add({
        ...line,
        level: event.healthy ? 'info' : 'debug',
        msg: `${event.policy} is ${event.healthy ? '' : 'not '}healthy`,
      });
  }
}

import type { RecoveryEvent, Registry } from 'dualbrake';
import type { Log } from './log.ts';

/**
 * Logs every decision of the recovery policies, with the correlation ID of the request.
 *
 * @returns unsubscribes
 */
export function logRecovery(registry: Registry, log: Log): () => void {
  return registry.subscribe((event) => writeEvent(event, log));
}

function writeEvent(event: RecoveryEvent, log: Log): void {
  const correlationId = event.attributes['correlationId'];
  const line = {
    event: `recovery.${event.type}`,
    pipeline: event.pipeline,
    policy: event.policy,
    key: event.key,
    ...(typeof correlationId === 'string' ? { correlation_id: correlationId } : {}),
  };
  switch (event.type) {
    case 'retry': {
      const { class: errorClass, rule } = event.classification;
      const delayMs = Math.round(event.delayMs);
      log.warn(
        { ...line, attempt: event.attempt, delay_ms: delayMs, class: errorClass, rule },
        `retry ${event.attempt} of ${event.key} in ${delayMs} ms after ${rule}`,
      );
      return;
    }
    case 'gave-up': {
      const { class: errorClass, rule } = event.classification;
      log.warn(
        { ...line, attempts: event.attempts, stopped_by: event.stoppedBy, class: errorClass, rule },
        `gave up on ${event.key} after ${counted(event.attempts, 'attempt')} (${event.stoppedBy}): ${rule}`,
      );
      return;
    }
    case 'timeout':
      log.warn(
        { ...line, limit_ms: Math.round(event.limitMs) },
        `${event.key} timed out after ${Math.round(event.limitMs)} ms`,
      );
      return;
    case 'hedge':
      log.debug(
        { ...line, attempt: event.attempt, after_ms: Math.round(event.afterMs) },
        `${event.key} was slow and was called once more`,
      );
      return;
    case 'refused':
      // During an outage there is one of these per call; the transition has already been logged.
      log.debug({ ...line, code: event.error.code }, `${event.key} was not called: ${event.policy} refused`);
      return;
    case 'fallback': {
      const { class: errorClass, rule } = event.classification;
      log.debug({ ...line, class: errorClass, rule }, `${event.key} used its fallback after ${rule}`);
      return;
    }
    case 'transition': {
      const { from, to, trigger, reason, failures, retryAfterMs } = event;
      const next = retryAfterMs === undefined ? '' : `; next probe in ${Math.round(retryAfterMs)} ms`;
      log[to === 'open' ? 'error' : 'info'](
        {
          ...line,
          from,
          to,
          trigger,
          reason,
          failures,
          ...(retryAfterMs === undefined ? {} : { retry_after_ms: Math.round(retryAfterMs) }),
        },
        `circuit breaker ${event.policy} went from ${from} to ${to} (${trigger}): ${reason}${next}`,
      );
      return;
    }
    case 'control':
      // Without the actor, which may be a name. The console logs the ID.
      log.warn(
        {
          ...line,
          order: event.order,
          what: event.what,
          from: event.from,
          to: event.to,
          reason: event.reason,
        },
        `action ${event.order} on ${event.policy}: ${event.what} from ${event.from} to ${event.to}`,
      );
      return;
    case 'changed':
      log.warn({ ...line, from: event.from, to: event.to }, `settings of ${event.policy} were changed`);
      return;
    case 'check':
      if (event.healthy) log.info(line, `${event.policy} is healthy`);
      else
        log.debug(
          { ...line, ...(event.error === undefined ? {} : { err: event.error }) },
          `${event.policy} is not healthy yet`,
        );
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

import type { ServiceView } from '../contract.ts';
import { redactText } from '../logs/redact.ts';

/** State, since and reason are for everybody; what else a service tells are its own facts. */
export function serviceFacts(
  report: Readonly<Record<string, unknown>>,
  before: (agoMs: number) => string,
): Pick<ServiceView, 'state' | 'since' | 'reason' | 'facts'> {
  const { state, sinceMs, reason, ...rest } = report;
  const facts = Object.entries(rest)
    .filter((entry): entry is [string, string | number | boolean] =>
      ['string', 'number', 'boolean'].includes(typeof entry[1]),
    )
    .map(([name, value]) => [name, typeof value === 'string' ? redactText(value) : value] as const);
  return {
    state: typeof state === 'string' ? state : 'unknown',
    since: before(typeof sinceMs === 'number' ? sinceMs : 0),
    reason: typeof reason === 'string' ? redactText(reason) : '',
    facts: Object.fromEntries(facts),
  };
}

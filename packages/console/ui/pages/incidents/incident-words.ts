import type { IncidentDetail, IncidentView, TimelineEntry } from '../../../src/contract.ts';
import type { Look } from '../../words/words.ts';

/** Word, shape and colour of an incident's state. */
export function incidentLook({ state }: Pick<IncidentView, 'state'>): Look {
  if (state === 'resolved') return { word: 'Resolved', shape: 'circle', tone: 'success' };
  return state === 'acknowledged'
    ? { word: 'Acknowledged', shape: 'half', tone: 'warning' }
    : { word: 'Not acknowledged', shape: 'square', tone: 'danger' };
}

/** What may have caused it. */
export interface Suspect {
  readonly text: string;
  readonly at: string;
  /** Milliseconds before the opening; negative when it came after. */
  readonly beforeMs: number;
  readonly kind: TimelineEntry['kind'];
  readonly correlationId: string | null;
}

const suspicious = new Set<TimelineEntry['kind']>([
  'failure',
  'config',
  'fault',
  'check',
  'order',
  'operation',
  'error',
]);

/** What happened around the opening, nearest in time first: is it us, the settings, or them? At most three. */
export function suspectsOf({ timeline, opened_at: openedAt }: IncidentDetail): readonly Suspect[] {
  const openedMs = Date.parse(openedAt);
  const near = timeline
    .filter(({ kind }) => suspicious.has(kind))
    .map(({ text, at, kind, correlation_id: correlationId }) => ({
      text,
      at,
      kind,
      correlationId,
      beforeMs: openedMs - Date.parse(at),
    }))
    // Afterwards people act, and that is no cause.
    .filter(({ beforeMs, kind }) => beforeMs >= -1_000 || kind === 'failure' || kind === 'check');
  const byHand = (kind: Suspect['kind']): boolean => kind === 'config' || kind === 'fault' || kind === 'order';
  // Of what people changed the latest counts, of what failed the first; and what was changed by somebody comes first.
  const rank = ({ kind }: Suspect): number => (byHand(kind) ? 0 : kind === 'operation' || kind === 'check' ? 1 : 2);
  return near
    .filter(({ kind }, at) => {
      const places = near.flatMap((each, place) => (each.kind === kind ? [place] : []));
      return at === (byHand(kind) ? places.at(-1) : places[0]);
    })
    .toSorted((one, other) => rank(one) - rank(other) || Math.abs(one.beforeMs) - Math.abs(other.beforeMs))
    .slice(0, 3);
}

export const kindWords: Readonly<Record<TimelineEntry['kind'], string>> = {
  failure: 'Failure',
  transition: 'State',
  order: 'Order',
  operation: 'Service',
  config: 'Settings',
  fault: 'Drill',
  check: 'Check',
  error: 'Error',
  note: 'Note',
  incident: 'Incident',
};

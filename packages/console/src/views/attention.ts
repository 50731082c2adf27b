import type {
  AttentionView,
  BreakerView,
  FaultView,
  IncidentView,
  RevisionView,
  ServiceView,
  StoreView,
} from '../contract.ts';

/** A temporary revision of the settings. */
export type Trial = Pick<RevisionView, 'revision' | 'saved_at' | 'auto_revert_at' | 'author_name'>;

/** Everything that may need a person. */
export interface AttentionSources {
  readonly breakers: readonly BreakerView[];
  readonly services: readonly ServiceView[];
  /** Breakers and retries whose report failed, so that no list contains them. */
  readonly unreadable: readonly { readonly id: string; readonly name: string }[];
  /** Unresolved incidents. */
  readonly incidents: readonly IncidentView[];
  /** Running drills. */
  readonly faults: readonly FaultView[];
  readonly trials: readonly Trial[];
  readonly store: StoreView;
}

/** States that need a person. States that a service defines itself are not judged. */
const unwellStates: Readonly<Record<string, 'warning' | 'bad'>> = {
  down: 'bad',
  failed: 'bad',
  starting: 'warning',
  restarting: 'warning',
  stopped: 'warning',
  draining: 'warning',
  late: 'warning',
  unknown: 'warning',
};

const urgency: Readonly<Record<AttentionView['tone'], number>> = { bad: 0, warning: 1, info: 2 };

/**
 * Everything that needs a person, the most urgent first. The only source for pages, titles, badges and the command line.
 */
export function attentionOf(sources: AttentionSources): AttentionView[] {
  return [
    ...sources.breakers.flatMap(ofBreaker),
    ...sources.services.flatMap(ofService),
    ...sources.unreadable.map(ofUnreadable),
    ...sources.incidents.map(ofIncident),
    ...ofStore(sources.store),
    ...sources.faults.map(ofDrill),
    ...sources.trials.map(ofTrial),
    // Sorting is stable, so the order above is kept within a tone.
  ].toSorted((one, other) => urgency[one.tone] - urgency[other.tone]);
}

function ofBreaker({ id, name, state, override, since, reason }: BreakerView): AttentionView[] {
  const item = { target: id, name, since, ends_at: null };
  if (override !== null) {
    const by = override.actor ?? 'An operator';
    const isIsolated = override.mode === 'isolated';
    const what = isIsolated ? `has isolated ${name}` : `is holding ${name} closed, so its protection is off`;
    const text = sentence(`${by} ${what}: ${override.reason}`);
    const { since: setAt, ends_at: endsAt } = override;
    return [
      { ...item, kind: override.mode, tone: isIsolated ? 'warning' : 'bad', text, since: setAt, ends_at: endsAt },
    ];
  }
  if (state === 'open')
    return [{ ...item, kind: 'blocking', tone: 'bad', text: sentence(`${name} is open and blocks calls`, reason) }];
  if (state === 'half-open')
    return [{ ...item, kind: 'testing', tone: 'warning', text: `${name} is probing whether calls succeed again.` }];
  return [];
}

function ofService({ id, name, state, since, reason }: ServiceView): AttentionView[] {
  const tone = Object.hasOwn(unwellStates, state) ? unwellStates[state] : undefined;
  if (tone === undefined) return [];
  const text = sentence(`The service ${name} is ${state}`, reason);
  return [{ kind: 'service', tone, target: id, name, text, since, ends_at: null }];
}

function ofUnreadable({ id, name }: AttentionSources['unreadable'][number]): AttentionView {
  const text = `The state of ${name} is unknown because its report failed.`;
  return { kind: 'unknown', tone: 'warning', target: id, name, text, since: null, ends_at: null };
}

function ofIncident({
  number,
  state,
  title,
  acknowledged_by: by,
  opened_at: since,
  members,
}: IncidentView): AttentionView {
  const isAcknowledged = state === 'acknowledged';
  const how = isAcknowledged ? `acknowledged by ${by ?? 'an operator'}` : 'not acknowledged';
  const isOver = members.every(({ closed_at: closedAt }) => closedAt !== null);
  const name = `Incident ${number}`;
  const text = `${name} is ${how}: ${title}.${isOver ? ' Its breakers are closed again.' : ''}`;
  const tone = isAcknowledged ? 'info' : 'warning';
  return { kind: 'incident', tone, target: String(number), name, text, since, ends_at: null };
}

function ofDrill({ id, target, started_at: since, ends_at: endsAt, actor }: FaultView): AttentionView {
  const text = `A drill by ${actor} is running: ${target}.`;
  return { kind: 'drill', tone: 'warning', target: id, name: target, text, since, ends_at: endsAt };
}

function ofTrial({ revision, saved_at: since, auto_revert_at: endsAt, author_name: author }: Trial): AttentionView {
  const text = `${author} is trying the settings of revision ${revision}. They are reverted automatically.`;
  const name = `Revision ${revision}`;
  return { kind: 'trial', tone: 'info', target: String(revision), name, text, since, ends_at: endsAt };
}

function ofStore({ state, since, reason }: StoreView): AttentionView[] {
  if (state !== 'failing') return [];
  const text = sentence('The audit log can’t be written, so changes are refused', reason);
  return [{ kind: 'store', tone: 'warning', target: '', name: 'Audit log', text, since, ends_at: null }];
}

function sentence(text: string, reason = ''): string {
  const whole = reason === '' ? text : `${text}: ${reason}`;
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}

import type { IncidentView } from '../../src/contract.ts';
import { countText } from '../words/words.ts';
import { done, type Action } from './action.ts';

function incidentAction({ number, title, state, members, acknowledged_by: by }: IncidentView) {
  const states = {
    resolved: 'Resolved',
    acknowledged: `Acknowledged by ${by ?? 'someone'}`,
    triggered: 'Not acknowledged',
  };
  return { scope: `Incident ${number}: ${title}; ${countText(members.length, 'breaker')}`, current: states[state] };
}

/** Adds a note to the timeline. */
export function addNote(incident: IncidentView, onAccepted: () => void): Action {
  const { number } = incident;
  return {
    ...incidentAction(incident),
    id: `incidents ${number} note`,
    title: `Add a note to incident ${number}?`,
    confirmLabel: 'Add note',
    consequence: 'It appears in the timeline and in the report, with your name.',
    undoText: 'Notes can’t be deleted. Add another one to correct it.',
    reasonLabel: 'Note',
    request: ({ reason }) => ({ method: 'POST', path: `incidents/${number}/notes`, body: { note: reason } }),
    progress: () => done('The note is in the timeline.'),
    onAccepted,
  };
}

/** Resolves an incident without waiting for its breakers to stay closed. */
export function resolveIncident(incident: IncidentView, onAccepted: () => void, isResolved = false): Action {
  const { number } = incident;
  return {
    ...incidentAction(incident),
    id: `incidents ${number} resolve`,
    confirmLabel: `Resolve incident ${number}`,
    consequence: 'It ends now, without waiting for its breakers to stay closed for a minute.',
    undoText: 'If a breaker opens again, a new incident begins.',
    obsolete: isResolved ? `Incident ${number} is already resolved.` : undefined,
    renew: (report) => {
      const open = report?.incidents.find((each) => each.number === number);
      return resolveIncident(open ?? incident, onAccepted, report !== undefined && open === undefined);
    },
    request: ({ reason }) => ({ method: 'POST', path: `incidents/${number}/resolve`, body: { reason } }),
    progress: (_report, { answer }) =>
      (answer as IncidentView).state === 'resolved'
        ? done('The incident is resolved.')
        : {
            tone: 'warning',
            title: 'Not resolved',
            text: 'The request was accepted, but the incident isn’t resolved.',
          },
    onAccepted,
  };
}

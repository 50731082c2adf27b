import type { IncidentView } from '../../src/contract.ts';
import { done } from './breaker-orders.ts';
import type { Intent } from './intent.ts';

function common(incident: IncidentView) {
  const { number, title, state, members } = incident;
  return {
    extent: `Incident ${number}: ${title}; ${members.length} breaker${members.length === 1 ? '' : 's'}`,
    now:
      state === 'resolved'
        ? 'Resolved'
        : state === 'acknowledged'
          ? `Acknowledged by ${incident.acknowledged_by ?? 'someone'}`
          : 'Not acknowledged',
    reason: '',
  };
}

/** Adds a sentence to the timeline. */
export function noteIncident(incident: IncidentView, taken: () => void): Intent {
  return {
    ...common(incident),
    id: `incidents ${incident.number} note`,
    question: `Add a note to incident ${incident.number}?`,
    verb: 'Add note',
    consequence: 'It appears in the timeline and in the report, with your name.',
    wayBack: 'Notes can’t be deleted. Add another one to correct it.',
    reasonLabel: 'Note',
    request: ({ reason }) => ({ method: 'POST', path: `incidents/${incident.number}/notes`, body: { note: reason } }),
    progress: () => done('The note is in the timeline.'),
    taken,
  };
}

/** Resolves it before the minute is over. */
export function resolveIncident(incident: IncidentView, taken: () => void, isOver = false): Intent {
  return {
    ...common(incident),
    obsolete: isOver ? `Incident ${incident.number} is already resolved.` : undefined,
    renew: (report) => {
      const open = report?.incidents.find(({ number }) => number === incident.number);
      return resolveIncident(open ?? incident, taken, report !== undefined && open === undefined);
    },
    id: `incidents ${incident.number} resolve`,
    question: `Resolve incident ${incident.number}?`,
    verb: `Resolve incident ${incident.number}`,
    consequence: 'It ends now, without waiting for its breakers to stay closed for a minute.',
    wayBack: 'If a breaker opens again, a new incident begins.',
    request: ({ reason }) => ({ method: 'POST', path: `incidents/${incident.number}/resolve`, body: { reason } }),
    progress: (_report, { answer }) =>
      (answer as IncidentView).state === 'resolved'
        ? done('The incident is resolved.')
        : {
            tone: 'warning',
            title: 'Not resolved',
            text: 'The request was accepted, but the incident isn’t resolved.',
          },
    taken,
  };
}

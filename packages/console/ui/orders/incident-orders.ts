import type { IncidentView } from '../../src/contract.ts';
import { done } from './breaker-orders.ts';
import type { Intent } from './intent.ts';

function common(incident: IncidentView) {
  const { number, title, state, members } = incident;
  return {
    extent: `Incident ${number}: ${title}; ${members.length} breaker${members.length === 1 ? '' : 's'}`,
    now:
      state === 'resolved'
        ? 'It is over'
        : state === 'acknowledged'
          ? `Acknowledged by ${incident.acknowledged_by ?? 'somebody'}`
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
    verb: 'Add the note',
    consequence: 'It stands in the timeline and in the report, with your name.',
    wayBack: 'A note stays; add another one to put it right.',
    reasonLabel: 'Note',
    request: ({ reason }) => ({ method: 'POST', path: `incidents/${incident.number}/notes`, body: { note: reason } }),
    progress: () => done('Seen: the note is in the timeline.'),
    taken,
  };
}

/** Ends it before its minute is over. */
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
    consequence: 'It ends now, without waiting until all its breakers have stayed closed for a minute.',
    wayBack: 'If a breaker opens again, a new incident begins.',
    request: ({ reason }) => ({ method: 'POST', path: `incidents/${incident.number}/resolve`, body: { reason } }),
    progress: (_report, { answer }) =>
      (answer as IncidentView).state === 'resolved'
        ? done('Seen: it is resolved.')
        : { tone: 'warning', title: 'Not resolved', text: 'It was taken, and is not resolved.' },
    taken,
  };
}

import { StatusMark } from '@dualbrake/kit';
import type { JSX } from 'preact';
import type { Paper, PaperState, Vehicle } from '../../contract/vehicles.ts';
import { dayText } from '../day-text.ts';

/** The names of the papers. */
export const paperNames: Readonly<Record<Paper['field'], string>> = {
  insurance_expires_on: 'Insurance',
  registration_expires_on: 'Registration',
  safety_expires_on: 'Safety certificate',
};

const looks = {
  expired: { tone: 'danger', shape: 'hexagon' },
  missing: { tone: 'danger', shape: 'ring' },
  soon: { tone: 'warning', shape: 'triangle' },
  valid: { tone: 'success', shape: 'circle' },
  not_required: { tone: 'neutral', shape: 'dotted' },
} as const satisfies Readonly<Record<PaperState, object>>;

/** The words before the day, the same as those of licences. */
const stateWords: Readonly<Record<PaperState, string>> = {
  expired: 'Expired',
  missing: 'Not recorded',
  soon: 'Expires',
  valid: 'Valid until',
  not_required: 'None needed',
};

/** The state of one paper, without its name. */
export function PaperBadge({ paper: { state, expires_on: day } }: { readonly paper: Paper }): JSX.Element {
  return (
    <StatusMark {...looks[state]}>
      {state === 'not_required' || day === null ? stateWords[state] : `${stateWords[state]} ${dayText(day)}`}
    </StatusMark>
  );
}

/** The papers that need attention; one badge with the first expiry when all are valid. */
export function PaperBadges({ vehicle }: { readonly vehicle: Vehicle }): JSX.Element {
  const urgent = vehicle.papers.filter(({ state }) => state !== 'valid' && state !== 'not_required');
  const first = vehicle.papers
    .flatMap(({ expires_on: day }) => (day === null ? [] : [day]))
    .toSorted()
    .at(0);
  return (
    <span class="paper-badges">
      {urgent.map(({ field, state, expires_on: day }) => (
        <StatusMark key={field} {...looks[state]}>
          {paperNames[field]} {day === null ? 'not recorded' : `${stateWords[state].toLowerCase()} ${dayText(day)}`}
        </StatusMark>
      ))}
      {urgent.length === 0 && first !== undefined && (
        <StatusMark {...looks.valid}>Valid until {dayText(first)}</StatusMark>
      )}
      {!vehicle.insurance_6d && (
        <StatusMark tone="warning" shape="ring">
          No OPCF 6D
        </StatusMark>
      )}
    </span>
  );
}

import { Badge } from '@dualbrake/kit';
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
  valid: { tone: 'success', shape: 'check' },
  not_required: { tone: 'neutral', shape: 'dotted' },
} as const satisfies Readonly<Record<PaperState, object>>;

/** The state of one paper, without its name. */
export function PaperBadge({ paper: { state, expires_on: day } }: { readonly paper: Paper }): JSX.Element {
  return (
    <Badge {...looks[state]}>
      {state === 'not_required' || day === null
        ? state === 'missing'
          ? 'Not recorded'
          : 'None needed'
        : `${state === 'expired' ? 'Expired' : 'Until'} ${dayText(day)}`}
    </Badge>
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
        <Badge key={field} {...looks[state]}>
          {paperNames[field]}{' '}
          {day === null ? 'not recorded' : `${state === 'expired' ? 'expired' : 'until'} ${dayText(day)}`}
        </Badge>
      ))}
      {urgent.length === 0 && first !== undefined && <Badge {...looks.valid}>Until {dayText(first)}</Badge>}
      {!vehicle.insurance_6d && (
        <Badge tone="warning" shape="ring">
          No OPCF 6D
        </Badge>
      )}
    </span>
  );
}

import type { AuditAction, AuditDetail, AuditEntry } from '../contract-types.ts';
import { roleNames } from '../people/role-names.ts';

/** The label of each action, in the order of the filter. */
export const auditWords: Readonly<Record<AuditAction, string>> = {
  'person.invited': 'Person invited',
  'person.added': 'Person added',
  'person.changed': 'Person changed',
  'person.disabled': 'Person disabled',
  'person.enabled': 'Person enabled',
  'person.link_created': 'One-time link created',
  'person.signed_in': 'Signed in',
  'password.changed': 'Password changed',
  'second_factor.enabled': 'Second factor turned on',
  'second_factor.disabled': 'Second factor turned off',
  'second_factor.reset': 'Second factor reset',
  'second_factor.required': 'Second factor made mandatory',
  'recovery_codes.created': 'Recovery codes created',
  'recovery_code.used': 'Recovery code used',
  'session.ended': 'Session ended',
  'sessions.ended': 'All sessions ended',
  'instructor.changed': 'Instructor changed',
  'instructor.hours_changed': 'Working hours changed',
  'time_off.added': 'Time off added',
  'time_off.removed': 'Time off removed',
  'students.imported': 'Students imported',
  'calendar_feed.created': 'Calendar link created',
  'calendar_feed.revoked': 'Calendar link revoked',
  'licence.revealed': 'Licence number revealed',
  'licence.reveal_refused': 'Licence number reveal refused',
  'licence.searched': 'Searched by licence number',
  'licence.search_refused': 'Search by licence number refused',
  'lesson.booked': 'Lesson booked',
  'lesson.moved': 'Lesson moved',
  'lesson.cancelled': 'Lesson cancelled',
  'lesson.undone': 'Change of a lesson undone',
  'plan.booked': 'Course plan booked',
  'rule_set.added': 'Change of the rules added',
  'rule_set.removed': 'Planned change of the rules deleted',
  'enrolment.created': 'Student enrolled',
  'enrolment.changed': 'Course changed',
  'enrolment.withdrawn': 'Course withdrawn',
  'enrolment.reinstated': 'Course reinstated',
  'guardian.removed': 'Guardian removed',
  'owner_link.created': 'Owner link created',
  'keys.rotated': 'Secret key rotated',
  'backup.restored': 'Backup restored',
};

/** A filter of the page. Empty text means no filter. */
export interface AuditFilter {
  readonly actor: string;
  readonly subject: string;
  readonly action: AuditAction | '';
}

/** Reads the filter of an address. Invalid values count as no filter. */
export function filterOf(search: URLSearchParams): AuditFilter {
  const action = search.get('action') ?? '';
  return {
    actor: search.get('actor') ?? '',
    subject: search.get('subject') ?? '',
    action: isAuditAction(action) ? action : '',
  };
}

/** The address of the page with this filter. */
export function auditPath(filter: Partial<AuditFilter>): string {
  const given = Object.entries(filter).filter(([, value]) => value !== '');
  const query = new URLSearchParams(given.map(([name, value]): [string, string] => [name, value])).toString();
  return query === '' ? '/audit' : `/audit?${query}`;
}

function isAuditAction(text: string): text is AuditAction {
  return Object.hasOwn(auditWords, text);
}

/** Labels of details. Other details are shown with their stored name. */
const detailLabels: Readonly<Record<string, string>> = {
  added: 'Students added',
  by: 'Via',
  cancelled: 'Lessons cancelled',
  count: 'Number',
  effective_from: 'From',
  found: 'Students found',
  from_status: 'Previous status',
  from_role: 'Previous role',
  left: 'Recovery codes left',
  replaced: 'Replaced an earlier one',
  rows: 'Rows in the file',
  sessions_ended: 'Other sessions ended',
  skipped: 'Rows skipped',
  to_role: 'New role',
};

/** Labels of values that are stored as codes. Other values are shown as stored. */
const detailValues: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  by: { account: 'My account', link: 'one-time link', 'owner-link': 'owner link', owner: 'People page' },
  from_role: roleNames,
  purpose: {
    invited: 'invitation',
    'new-password': 'new password',
    owner: 'first sign-in of the owner',
    'owner-recovery': 'owner recovery',
  },
  role: roleNames,
  to_role: roleNames,
};

/**
 * Formats `{ from_role: 'office', attempts: 3 }` as `Attempts: 3 · Previous role: Office`, sorted by stored name because
 * the database does not keep the order.
 */
export function detailText(detail: AuditDetail): string {
  return Object.entries(detail)
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([name, value]) => `${detailLabels[name] ?? headed(name.replaceAll('_', ' '))}: ${valueText(name, value)}`)
    .join(' · ');
}

/** The name of the actor. Entries of commands on the server and of the program have none. */
export function actorText(actor: AuditEntry['actor']): string {
  return actor === null ? 'Not signed in' : (actor.name ?? 'Someone who has left');
}

/** The subject of an entry, as text for a link. */
export function subjectText({ kind, name }: AuditEntry['subject']): string {
  switch (kind) {
    case 'person':
      return name ?? 'Someone who has left';
    case 'student':
      return 'Student record';
    case 'session':
      return 'Session';
    case 'school':
      return 'The school';
    case 'installation':
      return 'This installation';
    default:
      return kind;
  }
}

function valueText(name: string, value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'number' ? value.toLocaleString('en-CA') : (detailValues[name]?.[value] ?? value);
}

function headed(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

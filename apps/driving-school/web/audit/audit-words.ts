import type { AuditAction, AuditDetail, AuditEntry } from '../contract-types.ts';
import { roleNames } from '../people/role-names.ts';

/** What each action is called on the page, in the order of the filter. */
export const auditWords: Readonly<Record<AuditAction, string>> = {
  'person.invited': 'Person invited',
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
  'students.imported': 'Students imported',
  'licence.revealed': 'Licence number revealed',
  'licence.reveal_refused': 'Licence number reveal refused',
  'licence.searched': 'Searched by licence number',
  'licence.search_refused': 'Search by licence number refused',
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

/** Reads the filter from the address. What the address cannot mean counts as no filter. */
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

/** Labels of details. A detail that is not listed is shown by its own name. */
const detailLabels: Readonly<Record<string, string>> = {
  added: 'Students added',
  by: 'Via',
  count: 'Number',
  found: 'Students found',
  from_role: 'Previous role',
  left: 'Recovery codes left',
  replaced: 'Replaced an earlier one',
  rows: 'Rows in the file',
  sessions_ended: 'Other sessions ended',
  skipped: 'Rows left out',
  to_role: 'New role',
};

/** Values that the program stores as codes. Everything else is shown as it is. */
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
 * `{ from_role: 'office', attempts: 3 }` as `Attempts: 3 · Previous role: Office`. The database keeps no order, so the
 * details are sorted by their stored names.
 */
export function detailText(detail: AuditDetail): string {
  return Object.entries(detail)
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([name, value]) => `${detailLabels[name] ?? headed(name.replaceAll('_', ' '))}: ${valueText(name, value)}`)
    .join(' · ');
}

/** Who did it. Entries without an actor come from a command on the server or from the program itself. */
export function actorText(actor: AuditEntry['actor']): string {
  return actor === null ? 'Not signed in' : (actor.name ?? 'Someone who has left');
}

/** What the entry is about, as the text of a link. */
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

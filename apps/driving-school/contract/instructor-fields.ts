import type { FieldTable, TextField } from './fields.ts';
import { formatPhone, notesLengthMax, parseEmail, parseLine, parsePhone, parseText } from './parsers.ts';

/** The sections of the form and of the instructor's page. */
export const instructorSections = {
  person: { title: 'Person', about: undefined },
  licence: {
    title: 'Instructor’s licence',
    about: 'Without a valid driving instructor’s licence, no lesson can be booked.',
  },
  contract: { title: 'Contract', about: 'Lessons can be booked from the first day to the last, both included.' },
} as const;

/** Every field of an instructor that users can set, in the order of the form. */
export const instructorFields = {
  name: {
    kind: 'text',
    // The limit of every user's name.
    parse: (text) => parseLine(text, 120),
    required: 'Enter the name.',
    label: 'Name',
    section: 'person',
    fact: false,
    input: { capitals: 'words' },
    list: true,
  },
  phone: {
    kind: 'text',
    parse: parsePhoneOnly,
    format: (phone) => formatPhone(phone),
    label: 'Phone',
    hint: 'Such as 416-555-0123',
    api: { description: 'E.164', requestDescription: 'Any usual spelling', example: '+14165550123' },
    section: 'person',
    input: { type: 'tel' },
    list: true,
  },
  transmissions: {
    kind: 'choice',
    options: { both: 'Automatic and manual', automatic: 'Automatic only', manual: 'Manual only' },
    byDefault: 'both',
    label: 'Teaches with',
    section: 'person',
    list: true,
  },
  licence_number: {
    kind: 'text',
    parse: parseInstructorLicenceNumber,
    label: 'Licence number',
    hint: 'Of the driving instructor’s licence: letters, digits and hyphens',
    api: { description: '1 to 20 letters, digits and hyphens', example: 'DI-104233' },
    section: 'licence',
    fact: 'Number',
    input: { capitals: 'characters', lengthMax: 20 },
    list: true,
  },
  licence_expires_on: {
    kind: 'day',
    label: 'Expires on',
    hint: 'The last day on which it is valid: 2027-03-09',
    section: 'licence',
    fact: 'Expires',
    list: true,
  },
  contract_from: {
    kind: 'day',
    label: 'First day',
    hint: 'Empty: no limit',
    section: 'contract',
    list: true,
  },
  contract_to: {
    kind: 'day',
    label: 'Last day',
    hint: 'Empty: no end agreed',
    section: 'contract',
    list: true,
  },
  notes: {
    kind: 'text',
    parse: (text) => parseText(text, notesLengthMax),
    label: 'Notes',
    hint: 'Visible to the office and the owner.',
    section: 'contract',
    fact: false,
    input: { type: 'textarea', width: 'wide' },
    visibleTo: ['owner', 'office'],
  },
} as const satisfies FieldTable;

/** The fields of a new instructor: with an e-mail address, they are invited at once. */
export const newInstructorFields = {
  ...instructorFields,
  email: {
    kind: 'text',
    parse: parseSignInEmail,
    label: 'E-mail',
    hint: 'Optional. With it, you get a link with which they can sign in.',
    api: { description: 'With it, the answer has a one-time link' },
    section: 'person',
    input: { type: 'email', capitals: 'off' },
  },
} as const satisfies FieldTable;

function parsePhoneOnly(text: string): ReturnType<TextField['parse']> {
  const phone = parsePhone(text);
  if (!phone.ok) return phone;
  return phone.value.extension === null
    ? { ok: true, value: phone.value.number }
    : { ok: false, code: 'phone_extension_unused', message: 'Enter a phone number without an extension.' };
}

/** Parses the number of a driving instructor's licence. Other dashes become hyphens. */
function parseInstructorLicenceNumber(text: string): ReturnType<TextField['parse']> {
  const plain = text
    .normalize('NFKC')
    .trim()
    .replaceAll(/\p{Pd}/gu, '-');
  return /^[A-Za-z0-9-]{1,20}$/.test(plain)
    ? { ok: true, value: plain }
    : {
        ok: false,
        code: 'licence_number_format',
        message: 'Enter 1 to 20 letters, digits and hyphens, such as DI-104233.',
      };
}

/** Addresses for signing in are stored in lower case. */
function parseSignInEmail(text: string): ReturnType<TextField['parse']> {
  const email = parseEmail(text);
  return email.ok ? { ok: true, value: email.value.toLowerCase() } : email;
}

import type { FieldTable, TextField } from './fields.ts';
import { maskLicenceNumber, parseLicenceNumber } from './licence-number.ts';
import {
  formatPhone,
  notesLengthMax,
  parseEmail,
  parseId,
  parseLine,
  parseName,
  parsePhone,
  parsePostalCode,
  parseText,
  textLengthMax,
} from './parsers.ts';

/** The sections of the form and of the student's page. */
export const studentSections = {
  person: { title: 'Person', about: 'The name on the licence. Enter a single name as the family name.' },
  contact: { title: 'Contact', about: 'How to reach the student.' },
  licence: {
    title: 'Driver’s licence',
    about: 'The number is stored encrypted and shown masked. Record who saw the card, and when.',
  },
  school: { title: 'School', about: undefined },
} as const;

/**
 * Every field of a student that users can set, in the order of the form. To add a field, add it here, its column in a
 * migration, and its data in `seed/demo-school.ts` (docs/adding-a-slice.md).
 */
export const studentFields = {
  legal_given_names: {
    kind: 'text',
    parse: parseName,
    label: 'Given names',
    api: { description: 'null for a person with a single name' },
    section: 'person',
    fact: false,
    input: { capitals: 'words' },
    search: 'words',
    import: {
      aliases: ['first_name', 'firstname', 'given_name', 'given_names', 'prenom'],
      example: 'Zoé',
    },
  },
  legal_family_name: {
    kind: 'text',
    parse: parseName,
    required: 'Enter the family name, or the only name.',
    label: 'Family name',
    section: 'person',
    fact: 'Name on the licence',
    input: { capitals: 'words' },
    search: 'words',
    import: {
      aliases: ['last_name', 'lastname', 'surname', 'family_name', 'nom'],
      ambiguous: ['name', 'full_name', 'student'],
      example: 'Tremblay',
    },
  },
  preferred_name: {
    kind: 'text',
    parse: parseName,
    label: 'Preferred name',
    hint: 'The name the student goes by',
    section: 'person',
    input: { capitals: 'words' },
    search: 'words',
    list: true,
    import: { aliases: ['nickname'] },
  },
  birth_date: {
    kind: 'day',
    required: 'Enter the birth date.',
    label: 'Birth date',
    hint: 'Year, month, day: 2008-03-09',
    section: 'person',
    fact: 'Born',
    list: true,
    import: {
      aliases: ['dob', 'date_of_birth', 'birthdate', 'birthday', 'date_de_naissance'],
      example: '2008-03-09',
    },
  },
  preferred_language: {
    kind: 'choice',
    options: { en: 'English', fr: 'French' },
    byDefault: 'en',
    label: 'Language',
    section: 'person',
    import: { aliases: ['language', 'langue'], example: 'fr' },
  },
  phone: {
    kind: 'text',
    parse: parsePhoneAndExtension,
    format: (phone, { phone_extension }) =>
      formatPhone(phone, typeof phone_extension === 'string' ? phone_extension : null),
    label: 'Phone',
    hint: 'Such as 416-555-0123, or 416-555-0123 ext. 12',
    api: {
      description: 'E.164',
      requestDescription: 'Any usual spelling; "ext. 12" gives the extension',
      example: '+14165550123',
    },
    section: 'contact',
    input: { type: 'tel' },
    search: 'phone',
    list: true,
    import: { aliases: ['phone_number', 'telephone', 'mobile', 'cell'], example: '416-555-0123' },
  },
  phone_extension: {
    kind: 'text',
    parse: parseExtension,
    label: 'Extension',
    section: 'contact',
    fact: false,
    input: false,
    import: { aliases: ['extension'] },
  },
  sms_capable: {
    kind: 'choice',
    options: { unknown: 'Unknown', yes: 'Yes', no: 'No, calls only' },
    byDefault: 'unknown',
    label: 'Text messages',
    section: 'contact',
    import: { example: 'yes' },
  },
  email: {
    kind: 'text',
    parse: parseEmail,
    label: 'E-mail',
    hint: 'Such as name@example.ca',
    section: 'contact',
    input: { type: 'email', capitals: 'off', width: 'wide' },
    search: 'email',
    import: { aliases: ['mail', 'e_mail', 'courriel'], example: 'zoe.tremblay@example.com' },
  },
  address: {
    kind: 'group',
    label: 'Address',
    section: 'contact',
    fields: {
      street: {
        kind: 'text',
        parse: parseShortLine,
        label: 'Street address',
        hint: 'Number, street, unit',
        input: { capitals: 'words', width: 'wide' },
        column: 'street',
        import: { aliases: ['address', 'adresse'], example: '1 Example Street' },
      },
      city: {
        kind: 'text',
        parse: parseShortLine,
        label: 'City or town',
        input: { capitals: 'words' },
        column: 'city',
        import: { aliases: ['town', 'ville'], example: 'Toronto' },
      },
      province: {
        kind: 'choice',
        // Canada Post's codes of the provinces and territories.
        options: {
          ON: 'ON',
          QC: 'QC',
          MB: 'MB',
          AB: 'AB',
          BC: 'BC',
          NB: 'NB',
          NL: 'NL',
          NS: 'NS',
          NT: 'NT',
          NU: 'NU',
          PE: 'PE',
          SK: 'SK',
          YT: 'YT',
        },
        byDefault: 'ON',
        label: 'Province',
        input: { width: 'half' },
        column: 'province',
        import: { example: 'ON' },
      },
      postal_code: {
        kind: 'text',
        parse: parsePostalCode,
        label: 'Postal code',
        hint: 'Such as K1A 0B1',
        api: { example: 'M0M 0M0' },
        input: { capitals: 'characters', lengthMax: 12, width: 'half' },
        column: 'postal_code',
        search: 'postal-code',
        import: { aliases: ['postcode', 'zip', 'code_postal'], example: 'M0M 0M0' },
      },
    },
  },
  emergency_contact: {
    kind: 'group',
    label: 'Emergency contact',
    section: 'contact',
    visibleTo: ['owner', 'office', 'instructor'],
    fields: {
      name: {
        kind: 'text',
        parse: parseName,
        required: 'Enter the name of the emergency contact.',
        label: 'Emergency contact',
        hint: 'The person to call in an emergency',
        input: { capitals: 'words' },
        import: { aliases: ['emergency_contact', 'emergency_name', 'contact_urgence'] },
      },
      telephone: {
        kind: 'text',
        parse: parsePhoneOnly,
        format: (telephone) => formatPhone(telephone),
        required: 'Enter the phone number of the emergency contact.',
        label: 'Emergency phone',
        hint: 'Such as 416-555-0123',
        api: { description: 'E.164', example: '+14165550123' },
        input: { type: 'tel' },
        import: { aliases: ['emergency_phone', 'emergency_telephone', 'telephone_urgence'] },
      },
      relation: {
        kind: 'text',
        parse: parseShortLine,
        label: 'Relation',
        hint: 'Such as mother, partner or friend',
        import: { aliases: ['emergency_relation'] },
      },
    },
  },
  licence_class: {
    kind: 'choice',
    // The classes of Ontario's graduated licensing for cars.
    options: { none: 'No licence yet', G1: 'G1', G2: 'G2', G: 'G' },
    byDefault: 'none',
    label: 'Class',
    section: 'licence',
    list: true,
    import: { aliases: ['class', 'license_class'], example: 'G1' },
  },
  licence_number: {
    kind: 'text',
    parse: parseLicenceNumber,
    mask: maskLicenceNumber,
    label: 'Licence number',
    hint: 'Such as A1234-56789-01234',
    api: { requestDescription: 'Ontario licence number; stored encrypted', example: 'S1234-*****-*****' },
    section: 'licence',
    fact: 'Number',
    input: { capitals: 'characters', lengthMax: 30 },
    import: { aliases: ['licence', 'license', 'license_number', 'licence_no'] },
  },
  licence_issued_on: {
    kind: 'day',
    label: 'Issued on',
    section: 'licence',
    fact: 'Issued',
    import: { aliases: ['issued'], example: '2024-04-02' },
  },
  licence_expires_on: {
    kind: 'day',
    label: 'Expires on',
    section: 'licence',
    fact: 'Expires',
    import: { aliases: ['expiry', 'expires'], example: '2029-04-02' },
  },
  licence_sighted_on: { kind: 'day', label: 'Card seen on', section: 'licence', fact: 'Card seen' },
  licence_sighted_by: {
    kind: 'text',
    parse: parseName,
    label: 'Card seen by',
    hint: 'The person who checked the card',
    section: 'licence',
    fact: false,
    input: { capitals: 'words' },
  },
  instructor_id: {
    kind: 'text',
    parse: parseId,
    label: 'Instructor',
    section: 'school',
    input: { width: 'wide' },
    // Files contain e-mail addresses, which the importer resolves to IDs.
    import: { column: 'instructor_email', aliases: ['instructor'] },
  },
  notes: {
    kind: 'text',
    parse: (text) => parseText(text, notesLengthMax),
    label: 'Notes',
    hint: 'Visible to everyone who can see this student.',
    section: 'school',
    fact: false,
    input: { type: 'textarea', width: 'wide' },
    import: { aliases: ['note', 'comments'] },
  },
} as const satisfies FieldTable;

function parsePhoneAndExtension(text: string): ReturnType<TextField['parse']> {
  const phone = parsePhone(text);
  if (!phone.ok) return phone;
  const { number, extension } = phone.value;
  return { ok: true, value: number, ...(extension === null ? {} : { also: { phone_extension: extension } }) };
}

function parsePhoneOnly(text: string): ReturnType<TextField['parse']> {
  const phone = parsePhone(text);
  if (!phone.ok) return phone;
  return phone.value.extension === null
    ? { ok: true, value: phone.value.number }
    : { ok: false, code: 'phone_extension_unused', message: 'Enter a phone number without an extension.' };
}

function parseExtension(text: string): ReturnType<TextField['parse']> {
  const plain = text.normalize('NFKC').trim();
  return /^\d{1,6}$/.test(plain)
    ? { ok: true, value: plain }
    : { ok: false, code: 'phone_extension_format', message: 'Enter the extension as one to six digits.' };
}

function parseShortLine(text: string): ReturnType<TextField['parse']> {
  return parseLine(text, textLengthMax);
}

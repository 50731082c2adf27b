import type { FieldTable, TextField } from './fields.ts';
import { formatPhone, parseEmail, parseLine, parseName, parsePhone, textLengthMax } from './parsers.ts';

/** Every field of a guardian that users can set, in the order of the form. */
export const guardianFields = {
  name: {
    kind: 'text',
    parse: parseName,
    required: 'Enter the guardian’s name.',
    label: 'Name',
    input: { capitals: 'words', width: 'wide' },
  },
  relation: {
    kind: 'text',
    parse: parseRelation,
    label: 'Relation',
    hint: 'Such as mother, father or grandmother',
    input: { capitals: 'off', width: 'wide' },
  },
  phone: {
    kind: 'text',
    parse: parsePhoneAndExtension,
    format: (phone, { phone_extension }) =>
      formatPhone(phone, typeof phone_extension === 'string' ? phone_extension : null),
    label: 'Phone',
    hint: 'Such as 416-555-0123',
    api: {
      description: 'E.164',
      requestDescription: 'Any usual spelling; "ext. 12" gives the extension',
      example: '+14165550123',
    },
    input: { type: 'tel', width: 'wide' },
  },
  phone_extension: { kind: 'text', parse: parseExtension, label: 'Extension', input: false },
  email: {
    kind: 'text',
    parse: parseEmail,
    label: 'E-mail',
    hint: 'Such as name@example.ca',
    input: { type: 'email', capitals: 'off', width: 'wide' },
  },
} as const satisfies FieldTable;

function parseRelation(text: string): ReturnType<TextField['parse']> {
  return parseLine(text, textLengthMax);
}

function parsePhoneAndExtension(text: string): ReturnType<TextField['parse']> {
  const phone = parsePhone(text);
  if (!phone.ok) return phone;
  const { number, extension } = phone.value;
  return { ok: true, value: number, ...(extension === null ? {} : { also: { phone_extension: extension } }) };
}

function parseExtension(text: string): ReturnType<TextField['parse']> {
  const plain = text.normalize('NFKC').trim();
  return /^\d{1,6}$/.test(plain)
    ? { ok: true, value: plain }
    : { ok: false, code: 'phone_extension_format', message: 'Enter the extension as one to six digits.' };
}

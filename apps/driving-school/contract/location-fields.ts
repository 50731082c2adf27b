import type { FieldTable } from './fields.ts';
import { formatPhone, type Parsed, parseLine, parsePhone, parsePostalCode, textLengthMax } from './parsers.ts';
import { timeZones } from './zones.ts';

/** The longest buffer, in minutes. */
export const bufferMinutesMax = 240;
/** The buffer of a new location, in minutes. */
export const bufferMinutesDefault = 15;

/** Every field of a location that users can set, in the order of the form. */
export const locationFields = {
  name: {
    kind: 'text',
    parse: parseShortLine,
    required: 'Enter a name, such as Main Street.',
    label: 'Name',
    hint: 'As your staff calls it, such as Main Street',
    input: { capitals: 'words', lengthMax: textLengthMax },
  },
  time_zone: {
    kind: 'choice',
    options: timeZones,
    byDefault: 'America/Toronto',
    label: 'Time zone',
    hint: 'Lessons at this location follow its clock',
    api: { description: 'One of Ontario’s zones' },
  },
  buffer_minutes: {
    kind: 'number',
    min: 0,
    max: bufferMinutesMax,
    byDefault: bufferMinutesDefault,
    unit: 'minutes',
    label: 'Time between lessons',
    hint: 'Instructor and car stay busy this long after a lesson. Changes hold for lessons booked from now on',
    api: { description: 'Minutes that instructors and cars stay busy after a lesson' },
  },
  address: {
    kind: 'group',
    label: 'Address',
    fields: {
      street: {
        kind: 'text',
        parse: parseShortLine,
        label: 'Street address',
        input: { capitals: 'words', width: 'wide', lengthMax: textLengthMax },
        column: 'street',
      },
      city: {
        kind: 'text',
        parse: parseShortLine,
        label: 'City or town',
        input: { capitals: 'words', lengthMax: textLengthMax },
        column: 'city',
      },
      postal_code: {
        kind: 'text',
        parse: parsePostalCode,
        label: 'Postal code',
        hint: 'Such as K1A 0B1',
        input: { capitals: 'characters' },
        column: 'postal_code',
      },
    },
  },
  phone: {
    kind: 'text',
    parse: parsePlainPhone,
    format: (phone) => formatPhone(phone),
    label: 'Phone',
    hint: 'Such as 416-555-0123',
    input: { type: 'tel' },
    api: { description: 'E.164', requestDescription: 'Any usual spelling', example: '+14165550123' },
  },
} as const satisfies FieldTable;

function parseShortLine(text: string): Parsed<string> {
  return parseLine(text, textLengthMax);
}

function parsePlainPhone(text: string): Parsed<string> {
  const parsed = parsePhone(text);
  if (!parsed.ok) return parsed;
  if (parsed.value.extension === null) return { ok: true, value: parsed.value.number };
  return { ok: false, code: 'phone_extension', message: 'Enter the number without an extension.' };
}

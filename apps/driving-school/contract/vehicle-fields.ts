import type { FieldTable } from './fields.ts';
import { notesLengthMax, type Parsed, parseId, parseLine, parseText, textLengthMax } from './parsers.ts';
import { parsePlate } from './plate.ts';

/** The sections of the form and of the car's page. */
export const vehicleSections = {
  car: { title: 'Car', about: undefined },
  papers: {
    title: 'Documents',
    about: 'No lesson can be booked with this car after one of these days, nor without insurance and registration.',
  },
  notes: { title: 'Notes', about: undefined },
} as const;

/** Every field of a vehicle that users can set, in the order of the form. */
export const vehicleFields = {
  plate: {
    kind: 'text',
    parse: parsePlate,
    required: 'Enter the licence plate.',
    label: 'Licence plate',
    hint: 'Such as ABCD 123',
    section: 'car',
    input: { capitals: 'characters' },
  },
  description: {
    kind: 'text',
    parse: parseShortLine,
    label: 'Make, model and colour',
    hint: 'Such as Toyota Corolla, white',
    section: 'car',
    input: { capitals: 'words', lengthMax: textLengthMax },
  },
  transmission: {
    kind: 'choice',
    options: { automatic: 'Automatic', manual: 'Manual' },
    byDefault: 'automatic',
    label: 'Transmission',
    section: 'car',
  },
  location_id: {
    kind: 'text',
    parse: parseId,
    label: 'Usual location',
    section: 'car',
    fact: 'Usual location',
    api: { description: 'The location at which the car is usually; null: none' },
  },
  dual_brake: {
    kind: 'flag',
    byDefault: true,
    label: 'The instructor has a brake of their own',
    section: 'car',
    fact: 'Second brake',
    input: { width: 'wide' },
    api: { description: 'Whether the car has a second brake' },
  },
  insurance_expires_on: {
    kind: 'day',
    label: 'Insurance expires on',
    hint: 'The last day on which it is valid',
    section: 'papers',
    api: { description: 'The last valid day. Without it, no lesson can be booked with this car' },
  },
  insurance_6d: {
    kind: 'flag',
    byDefault: false,
    label: 'The insurance has the endorsement OPCF 6D for driver training',
    section: 'papers',
    fact: 'OPCF 6D',
    input: { width: 'wide' },
    api: { description: 'Whether the policy has the endorsement OPCF 6D' },
  },
  registration_expires_on: {
    kind: 'day',
    label: 'Registration expires on',
    hint: 'The last day on which it is valid',
    section: 'papers',
    api: { description: 'The last valid day. Without it, no lesson can be booked with this car' },
  },
  safety_expires_on: {
    kind: 'day',
    label: 'Safety certificate expires on',
    hint: 'Leave empty when this car needs none',
    section: 'papers',
    api: { description: 'The last valid day; null: none is required' },
  },
  notes: {
    kind: 'text',
    parse: parseNotes,
    label: 'Notes',
    section: 'notes',
    fact: false,
    input: { type: 'textarea', width: 'wide' },
  },
} as const satisfies FieldTable;

function parseShortLine(text: string): Parsed<string> {
  return parseLine(text, textLengthMax);
}

function parseNotes(text: string): Parsed<string> {
  return parseText(text, notesLengthMax);
}

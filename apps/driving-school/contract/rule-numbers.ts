/** The numbers of a rule set: their ranges, and their words on pages. Without Zod, so that pages don't load it. */
import type { RuleNumbers } from './booking/world.ts';
import { clockText, parseClock } from './local-time.ts';

/** How a number is written: a length, a number of days or years, or a time of day in minutes since midnight. */
export type RuleUnit = 'minutes' | 'days' | 'years' | 'time';

/** A number of a rule set. */
export interface RuleNumber {
  readonly label: string;
  /** The consequence of the number. */
  readonly about: string;
  readonly unit: RuleUnit;
  readonly min: number;
  readonly max: number;
}
export type RuleNumberName = keyof RuleNumbers;

/** Every number of a rule set, in the order of the page. */
export const ruleNumbers = {
  classroom_minutes: {
    label: 'Classroom hours of the BDE course',
    about: 'Time in class before a student can be certified.',
    unit: 'minutes',
    min: 0,
    max: 6_000,
  },
  in_vehicle_minutes: {
    label: 'In-car hours of the BDE course',
    about: 'Time at the wheel with an instructor before a student can be certified.',
    unit: 'minutes',
    min: 0,
    max: 6_000,
  },
  flexible_minutes: {
    label: 'Flexible hours of the BDE course',
    about: 'Time in class, in the car, at a simulator or at home.',
    unit: 'minutes',
    min: 0,
    max: 6_000,
  },
  in_vehicle_day_cap_minutes: {
    label: 'Most in-car time of a student in a day',
    about: 'A BDE lesson beyond it needs a reason.',
    unit: 'minutes',
    min: 15,
    max: 480,
  },
  in_vehicle_class_day_cap_minutes: {
    label: 'Most in-car time on a day with a class',
    about: 'A BDE lesson beyond it needs a reason.',
    unit: 'minutes',
    min: 0,
    max: 480,
  },
  student_age_min: {
    label: 'Youngest age for in-car lessons',
    about: 'No lesson can be booked before this birthday.',
    unit: 'years',
    min: 14,
    max: 25,
  },
  g1_from_minute: {
    label: 'Earliest start with a G1',
    about: 'No lesson of a G1 driver can be booked before it.',
    unit: 'time',
    min: 0,
    max: 720,
  },
  g1_to_minute: {
    label: 'Latest end with a G1',
    about: 'No lesson of a G1 driver can be booked after it.',
    unit: 'time',
    min: 721,
    max: 1_440,
  },
  deadline_near_days: {
    label: 'Last days of a course that need a reason',
    about: 'A lesson this close to the deadline leaves no room to make one up.',
    unit: 'days',
    min: 0,
    max: 180,
  },
} as const satisfies Readonly<Record<RuleNumberName, RuleNumber>>;
export const ruleNumberNames = Object.keys(ruleNumbers) as RuleNumberName[];

/** Lists what is wrong with numbers of which each is within its range. */
export function ruleNumberProblems(
  numbers: RuleNumbers,
): { readonly name: RuleNumberName; readonly message: string }[] {
  return numbers.in_vehicle_class_day_cap_minutes > numbers.in_vehicle_day_cap_minutes
    ? [
        {
          name: 'in_vehicle_class_day_cap_minutes',
          message: 'This can’t be more than the most in-car time of other days.',
        },
      ]
    : [];
}

/** Formats a number for reading: `2 h`, `1 h 30 min`, `05:00`, `16 years`. */
export function ruleNumberText(name: RuleNumberName, value: number): string {
  switch (ruleNumbers[name].unit) {
    case 'time':
      return clockText(value);
    case 'minutes':
      return lengthText(value);
    case 'years':
      return value === 1 ? '1 year' : `${value} years`;
    case 'days':
    default:
      return value === 1 ? '1 day' : `${value} days`;
  }
}

/** Formats a length: `45 min`, `2 h`, `1 h 30 min`. */
export function lengthText(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/** Formats a number for an input: hours for lengths, `05:00` for times. */
export function ruleNumberInput(name: RuleNumberName, value: number): string {
  const { unit } = ruleNumbers[name];
  if (unit === 'time') return clockText(value);
  return unit === 'minutes' ? String(value / 60) : String(value);
}

/** A number that was typed, or what to correct. */
export type ParsedRuleNumber =
  { readonly ok: true; readonly value: number } | { readonly ok: false; readonly message: string };

/** Parses what was typed into the input of a number. */
export function parseRuleNumber(name: RuleNumberName, text: string): ParsedRuleNumber {
  const { unit, min, max } = ruleNumbers[name];
  const plain = text.normalize('NFKC').trim().replace(',', '.');
  const range = `${ruleNumberText(name, min)} to ${ruleNumberText(name, max)}`;
  if (unit === 'time') {
    const minute = parseClock(plain.padStart(5, '0'));
    if (minute === undefined) return { ok: false, message: 'Enter a time such as 05:00 or 24:00.' };
    return minute < min || minute > max ? { ok: false, message: `Enter a time from ${range}.` } : yes(minute);
  }
  if (!/^\d{1,4}(\.\d{1,4})?$/.test(plain)) {
    return { ok: false, message: unit === 'minutes' ? 'Enter hours, such as 2 or 1.5.' : `Enter ${unit} as digits.` };
  }
  const value = unit === 'minutes' ? Math.round(Number(plain) * 60) : Number(plain);
  if (!Number.isInteger(value) || value < min || value > max) {
    return { ok: false, message: `Enter a number from ${range}.` };
  }
  return yes(value);
}

function yes(value: number): ParsedRuleNumber {
  return { ok: true, value };
}

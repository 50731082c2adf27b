/**
 * Parsers of text that users type. Pure, so that pages and server give the same result. Each returns the normal form or a
 * problem; none throws.
 */
import { hasHiddenCharacters, hiddenCharactersMessage } from './hidden-characters.ts';

/** A value in its normal form, or a problem with a message for the user. */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: string; readonly message: string };

/** A calendar day, `YYYY-MM-DD`, in no zone. Days compare as text. */
export type CalendarDay = string;

/** The longest name, town or street, in characters. */
export const textLengthMax = 100;
/** The longest note, in characters. */
export const notesLengthMax = 4_000;

/** A North American phone number. */
export interface Phone {
  /** E.164, such as `+14165550123`. */
  readonly number: string;
  /** One to six digits. */
  readonly extension: string | null;
}

/**
 * Parses a Canadian or US phone number in any usual spelling; `ext. 12`, `x12`, `poste 12` and `#12` give the extension.
 * Area code and exchange follow the North American Numbering Plan: neither begins with 0 or 1 or is a service code such
 * as 911.
 */
export function parsePhone(text: string): Parsed<Phone> {
  const plain = text.normalize('NFKC').trim();
  // Checked before matching, because the pattern takes quadratic time.
  if (plain.length > 60) return no('phone_characters', 'Enter one phone number, such as 416-555-0123 ext. 12.');
  const parts = /^(?<main>[^a-z#]*?)[\s,;]*(?:(?:ext(?:ension)?|poste|x|#)[\s.:]*(?<extension>\d{1,6}))?$/i.exec(plain);
  const main = parts?.groups?.['main'] ?? '';
  if (parts === null || !/^[\d\s()+./\p{Pd}]*$/u.test(main)) {
    return no('phone_characters', 'Use digits only, such as 416-555-0123 or 416-555-0123 ext. 12.');
  }
  const digits = main.replaceAll(/\D/g, '');
  if (main.includes('+') && !/^\s*\(?\+\s*1/.test(main)) {
    return no('phone_country', 'Enter a Canadian or US number: +1 and ten digits.');
  }
  const national = digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits;
  if (national.length !== 10) {
    return no(
      'phone_length',
      `Enter ten digits, area code first, such as 416-555-0123. This has ${digits.length === 1 ? 'one digit' : `${digits.length} digits`}.`,
    );
  }
  const area = national.slice(0, 3);
  const exchange = national.slice(3, 6);
  if (!/^[2-9]\d\d$/.test(area) || /^.11$/.test(area)) {
    return no('phone_area_code', `${area} is not an area code. Check the first three digits.`);
  }
  if (!/^[2-9]\d\d$/.test(exchange) || /^.11$/.test(exchange)) {
    return no('phone_exchange', `${exchange} can’t follow an area code. Check the middle three digits.`);
  }
  return yes({ number: `+1${national}`, extension: parts.groups?.['extension'] ?? null });
}

/** Formats a stored number: `416-555-0123 ext. 12`. */
export function formatPhone(number: string, extension?: string | null): string {
  const shown = number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '$1-$2-$3');
  return extension === null || extension === undefined ? shown : `${shown} ext. ${extension}`;
}

/**
 * Parses a Canadian postal code into `K1A 0B1`. Corrects lower case, a missing space and a hyphen.
 * Accepts all of Canada; see `isOntarioPostalCode`.
 */
export function parsePostalCode(text: string): Parsed<string> {
  const compact = text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, '');
  if (!/^[A-Z]\d[A-Z]\d[A-Z]\d$/.test(compact)) {
    return no(
      'postal_code_format',
      'Enter a postal code such as K1A 0B1: letter, digit, letter, digit, letter, digit.',
    );
  }
  if (!/^[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]\d[ABCEGHJ-NPRSTV-Z]\d$/.test(compact)) {
    return no(
      'postal_code_letter',
      'Check this postal code: Canada Post doesn’t use the letters D, F, I, O, Q and U, or W and Z in first position.',
    );
  }
  return yes(`${compact.slice(0, 3)} ${compact.slice(3)}`);
}

/** Whether a postal code is in Ontario: it starts with K, L, M, N or P. @param postalCode in its normal form */
export function isOntarioPostalCode(postalCode: string): boolean {
  return /^[KLMNP]/.test(postalCode);
}

/** Parses an existing day, `YYYY-MM-DD`, from 1900 to 2199. Involves no time zone. */
export function parseCalendarDay(text: string): Parsed<CalendarDay> {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(
    text
      .normalize('NFKC')
      .trim()
      .replaceAll(/\p{Pd}/gu, '-'),
  );
  if (parts === null) return no('date_format', 'Enter the date as year-month-day, such as 2008-03-09.');
  const [day, year, month, dayOfMonth] = [parts[0], Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (year < 1900 || year > 2199) return no('date_range', 'Enter a year between 1900 and 2199.');
  if (month < 1 || month > 12) return no('date_exists', `There is no month ${parts[2]}. The order is year-month-day.`);
  if (dayOfMonth < 1 || dayOfMonth > daysInMonth(year, month)) {
    return no('date_exists', `${parts[1]}-${parts[2]} has no day ${parts[3]}. Check the date.`);
  }
  return yes(day);
}

/** Whole years between two days, by the calendar. A person born on 29 February ages on 1 March in common years. */
export function ageInYears(bornOn: CalendarDay, today: CalendarDay): number {
  const years = Number(today.slice(0, 4)) - Number(bornOn.slice(0, 4));
  return today.slice(5) < bornOn.slice(5) ? years - 1 : years;
}

/** Adds days to a calendar day. A negative number subtracts. */
export function addDays(day: CalendarDay, days: number): CalendarDay {
  // In UTC, every day has 24 hours.
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Adds years to a calendar day. A negative number subtracts. 29 February becomes 28 February in common years. */
export function addYears(day: CalendarDay, years: number): CalendarDay {
  const year = Number(day.slice(0, 4)) + years;
  const month = Number(day.slice(5, 7));
  const dayOfMonth = Math.min(Number(day.slice(8)), daysInMonth(year, month));
  return `${String(year).padStart(4, '0')}-${day.slice(5, 7)}-${String(dayOfMonth).padStart(2, '0')}`;
}

/** Parses an e-mail address. Only the part after the @ is converted to lower case. */
export function parseEmail(text: string): Parsed<string> {
  const plain = text.normalize('NFC').trim();
  const at = plain.lastIndexOf('@');
  const mailbox = plain.slice(0, at);
  const domain = plain.slice(at + 1).toLowerCase();
  if (at < 1 || domain === '' || mailbox.includes('@')) {
    return no('email_format', 'Enter an e-mail address with one @, such as name@example.ca.');
  }
  if (plain.length > 254 || mailbox.length > 64) {
    return no('email_length', 'This e-mail address is too long: at most 64 characters before the @ and 254 in all.');
  }
  if (!/^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u.test(mailbox)) {
    return no('email_format', 'The part before the @ has a character or a dot that e-mail addresses can’t have there.');
  }
  const label = String.raw`[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?`;
  if (!new RegExp(`^(?:${label}\\.)+(?=[\\p{L}\\p{M}\\p{N}-]{2,}$)(?!\\d+$)${label}$`, 'u').test(domain)) {
    return no('email_domain', 'Check the part after the @: it needs a name and an ending, such as example.ca.');
  }
  return yes(`${mailbox}@${domain}`);
}

/** Parses a person's name in any script: composed (NFC), single spaces, at least one letter, no control characters. */
export function parseName(text: string): Parsed<string> {
  const parsed = parseLine(text, textLengthMax);
  if (parsed.ok && !/\p{L}/u.test(parsed.value)) return no('name_letters', 'Enter a name with at least one letter.');
  return parsed;
}

/** Parses one line of text: composed (NFC), single spaces, no control characters. @param lengthMax in characters */
export function parseLine(text: string, lengthMax: number): Parsed<string> {
  const plain = text.normalize('NFC').replaceAll(/\s+/gu, ' ').trim();
  if (hasHiddenCharacters(plain)) return no('hidden_characters', hiddenCharactersMessage);
  if (lengthOf(plain) > lengthMax) return no('too_long', `Enter at most ${lengthMax} characters.`);
  return yes(plain);
}

/** Parses text of several lines. Line ends become `\n`. @param lengthMax in characters */
export function parseText(text: string, lengthMax: number): Parsed<string> {
  const plain = text.normalize('NFC').replaceAll(/\r\n?/g, '\n').trim();
  if (hasHiddenCharacters(plain.replaceAll(/[\n\t]/g, ''))) {
    return no('hidden_characters', hiddenCharactersMessage);
  }
  if (lengthOf(plain) > lengthMax)
    return no('too_long', `Enter at most ${lengthMax.toLocaleString('en-CA')} characters.`);
  return yes(plain);
}

/** Parses a UUID into lower case. */
export function parseId(text: string): Parsed<string> {
  const plain = text.trim().toLowerCase();
  return /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/.test(plain)
    ? yes(plain)
    : no('id_format', 'This is not a valid ID.');
}

/** The number of days of a month. @param month 1 to 12 */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** The length in code points, like PostgreSQL's. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

function yes<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

function no(code: string, message: string): Parsed<never> {
  return { ok: false, code, message };
}

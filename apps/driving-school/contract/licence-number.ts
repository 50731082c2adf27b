import type { Parsed } from './parsers.ts';

/**
 * Parses an Ontario driver's licence number into `A1234-56789-01234`. Corrects spaces, hyphens and lower case.
 * Messages never repeat the input: its last six digits are a birth date.
 */
export function parseLicenceNumber(text: string): Parsed<string> {
  const compact = text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, '');
  if (!/^[A-Z]\d{14}$/.test(compact)) {
    return {
      ok: false,
      code: 'licence_number_format',
      message:
        'Enter the Ontario licence number as it is on the card: one letter and 14 digits, such as A1234-56789-01234.',
    };
  }
  return { ok: true, value: `${compact.slice(0, 5)}-${compact.slice(5, 10)}-${compact.slice(10)}` };
}

/** Hides the birth date at the end of a number: `S1234-*****-*****`. @param licenceNumber in its normal form */
export function maskLicenceNumber(licenceNumber: string): string {
  return `${licenceNumber.slice(0, 5)}-*****-*****`;
}

/** Whether a search text is a whole licence number, which must not appear in a URL or a log. */
export function looksLikeLicenceNumber(text: string): boolean {
  return parseLicenceNumber(text).ok;
}

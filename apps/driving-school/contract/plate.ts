import { type Parsed, parseLine } from './parsers.ts';

/** The longest plate, in characters. */
const plateLengthMax = 10;

/** Parses a licence plate: capitals, letters and digits, with single spaces or hyphens. `abcd 123` becomes `ABCD 123`. */
export function parsePlate(text: string): Parsed<string> {
  const line = parseLine(text.normalize('NFKC').replaceAll(/\p{Pd}/gu, '-'), 100);
  if (!line.ok) return line;
  const plate = line.value.toUpperCase();
  if (!/^[A-Z0-9](?:[A-Z0-9]|[ -](?=[A-Z0-9]))*$/.test(plate)) {
    return {
      ok: false,
      code: 'plate_characters',
      message: 'Enter the plate with letters and digits only, such as ABCD 123.',
    };
  }
  if (plate.length > plateLengthMax) {
    return { ok: false, code: 'too_long', message: `Enter at most ${plateLengthMax} characters.` };
  }
  return { ok: true, value: plate };
}

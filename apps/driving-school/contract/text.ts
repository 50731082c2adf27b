import { z } from 'zod';
import { hasHiddenCharacters, hiddenCharactersMessage } from './hidden-characters.ts';

/** One line of text that goes into the database: composed (NFC), single spaces, no invisible characters. */
export function lineText({ min = 1, max, missing }: { min?: number; max: number; missing: string }) {
  return z
    .string()
    .overwrite((text) => text.normalize('NFC').replaceAll(/\s+/gu, ' ').trim())
    .refine((text) => !hasHiddenCharacters(text), hiddenCharactersMessage)
    .min(min, missing)
    .max(max, `Enter at most ${max.toLocaleString('en-CA')} characters.`);
}

/** What somebody looks for: compared with text in the database, so no invisible characters here either. */
export function searchText(max: number) {
  return z
    .string()
    .max(max, `Search for at most ${max.toLocaleString('en-CA')} characters.`)
    .refine((text) => !hasHiddenCharacters(text.replaceAll(/\s/gu, ' ')), hiddenCharactersMessage);
}

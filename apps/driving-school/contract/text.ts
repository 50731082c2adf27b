import { z } from 'zod';
import { hasHiddenCharacters, hiddenCharactersMessage } from './hidden-characters.ts';

/**
 * A schema for text that is compared with text in the database, such as a search. Refuses invisible characters:
 * PostgreSQL can't store some of them, and the others would never match.
 */
export function visibleText(max: number) {
  return z
    .string()
    .max(max, `Enter at most ${max.toLocaleString('en-CA')} characters.`)
    .refine((text) => !hasHiddenCharacters(text.replaceAll(/\s/gu, ' ')), hiddenCharactersMessage);
}

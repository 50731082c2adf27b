/**
 * Whether text contains control, format, private-use or unassigned characters or lone surrogates. They are invisible, can
 * reverse or hide parts of a line, and some can't be stored by PostgreSQL. The joiners U+200C and U+200D are allowed:
 * Persian and several Indian scripts need them.
 */
export function hasHiddenCharacters(text: string): boolean {
  return /[\p{C}\u2028\u2029]/u.test(text.replaceAll(/[\u200C\u200D]/g, ''));
}

/** The message about hidden characters. */
export const hiddenCharactersMessage = 'Remove the invisible characters from this text.';

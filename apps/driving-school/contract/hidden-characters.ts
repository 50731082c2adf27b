/**
 * Whether text contains control, format, private or unassigned characters or lone surrogates. They are invisible, can
 * reverse or hide a part of a line, and PostgreSQL can't store all of them. The joiners U+200C and U+200D are allowed:
 * Persian and several Indian scripts need them.
 */
export function hasHiddenCharacters(text: string): boolean {
  return /[\p{C}\u2028\u2029]/u.test(text.replaceAll(/[\u200C\u200D]/g, ''));
}

/** The message about hidden characters. */
export const hiddenCharactersMessage = 'Remove the invisible characters from this text.';

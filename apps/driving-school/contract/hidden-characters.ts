/**
 * Control, format, private and unassigned characters, and half surrogates: they cannot be seen, they can turn a line
 * around or hide a part of it, and PostgreSQL cannot store all of them. The joiners U+200C and U+200D stay: Persian and
 * several Indian scripts need them.
 */
export function hasHiddenCharacters(text: string): boolean {
  return /[\p{C}\u2028\u2029]/u.test(text.replaceAll(/[\u200C\u200D]/g, ''));
}

/** What to say about them. */
export const hiddenCharactersMessage = 'Remove the invisible characters from this text.';

import { type FieldTable, leafValue, leavesOf } from '../../contract/fields.ts';

/** Users never type more words; searching for more only takes time. */
const searchedWordsMax = 8;

/**
 * The distinct words by whose prefixes a record is found, from its fields with `search`: names whole and in parts
 * ("o'neil": `o`, `neil`, `oneil`), e-mail addresses whole and in parts, phone numbers whole, without the area code and by
 * their last four digits, postal codes as one word and in halves.
 */
export function searchWordsOf(table: FieldTable, record: object): string[] {
  const words = leavesOf(table).flatMap((leaf) => {
    const text = leafValue(record as Readonly<Record<string, unknown>>, leaf);
    const kind = leaf.field.kind === 'text' ? leaf.field.search : undefined;
    return text === null || kind === undefined ? [] : searchForms[kind](text);
  });
  return [...new Set(words)].filter((word) => word !== '').toSorted();
}

/**
 * The word prefixes that a search looks for; all must match. Empty for text without letters and digits.
 * A phone number may contain any punctuation.
 */
export function searchedWords(text: string): string[] {
  const parts = text.normalize('NFC').trim().split(/\s+/);
  if (/^[\d\s()+./\p{Pd}]+$/u.test(text) && /\d/.test(text)) {
    const digits = text.replaceAll(/\D/g, '');
    return [digits.length > 10 || text.trim().startsWith('+') ? digits.replace(/^1/, '') : digits].filter(Boolean);
  }
  const words = parts.flatMap((part) => (part.includes('@') ? [part.toLowerCase()] : plainWords(part)));
  return [...new Set(words)].filter(Boolean).slice(0, searchedWordsMax);
}

/** Splits text into words in lower case, without accents and punctuation. */
export function plainWords(text: string): string[] {
  return plain(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

const searchForms: Readonly<Record<'words' | 'email' | 'phone' | 'postal-code', (text: string) => string[]>> = {
  words: (text) => [...plainWords(text), ...joinedWords(text)],
  email: (text) => [text.toLowerCase(), ...plainWords(text)],
  phone(text) {
    const national = text.slice(2);
    return [national, national.slice(3), national.slice(6)];
  },
  'postal-code'(text) {
    const code = text.toLowerCase();
    return [code.replace(' ', ''), ...code.split(' ')];
  },
};

/** Parts joined by an apostrophe or a hyphen, as one word too: people type "oneil" and "jeanluc". */
function joinedWords(text: string): string[] {
  return plain(text)
    .split(/\s+/)
    .filter((part) => /[^\p{L}\p{N}]/u.test(part))
    .map((part) => part.replaceAll(/[^\p{L}\p{N}]/gu, ''));
}

/** Letters that Unicode does not decompose into a letter and an accent, and the final sigma. */
const foldedLetters: Readonly<Record<string, string>> = {
  œ: 'oe',
  æ: 'ae',
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ς: 'σ',
};

function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[œæßøłđðþıς]/g, (letter) => foldedLetters[letter] ?? letter);
}

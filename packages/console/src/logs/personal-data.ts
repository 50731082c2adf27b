/** Patterns of personal data. Each is bounded, so that matching takes bounded time. */
const patterns: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/[\w.+%-]{1,64}(?:@|%40)[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){1,8}/gi, '[e-mail]'],
  // Driver's licence numbers and similar: a letter and 12 to 17 digits, with or without hyphens and spaces.
  [/\b[a-z](?:[ -]?\d){12,17}\b/gi, '[number]'],
  // International numbers, and North American ones as people type them.
  [/\+\d{1,3}(?:[\s.-]?\(?\d{1,4}\)?){2,5}\b/g, '[phone]'],
  [/(?<![\w-])(?:1[\s.-])?\(?\d{3}\)?[\s.-]?\d{3}[\s.-]?\d{4}(?![\w-])/g, '[phone]'],
];

/** Removes e-mail addresses, telephone numbers and licence numbers from a text that a person has typed. */
export function withoutPersonalData(text: string): string {
  return patterns.reduce((result, [pattern, instead]) => result.replace(pattern, instead), text);
}

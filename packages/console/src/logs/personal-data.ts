/** What gives a person away by its look, wherever in a text it stands. Each is bounded, so that time is, too. */
const looks: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/[\w.+%-]{1,64}(?:@|%40)[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){1,8}/gi, '[e-mail]'],
  // Numbers of driver's licences and the like: a letter and 12 to 17 digits, with or without hyphens and spaces.
  [/\b[a-z](?:[ -]?\d){12,17}\b/gi, '[number]'],
  // International, and North American as people type it.
  [/\+\d{1,3}(?:[\s.-]?\(?\d{1,4}\)?){2,5}\b/g, '[phone]'],
  [/(?<![\w-])(?:1[\s.-])?\(?\d{3}\)?[\s.-]?\d{3}[\s.-]?\d{4}(?![\w-])/g, '[phone]'],
];

/** A text that a person has typed, without e-mail addresses, telephone numbers and licence numbers. */
export function withoutPersonalData(text: string): string {
  return looks.reduce((result, [pattern, instead]) => result.replace(pattern, instead), text);
}

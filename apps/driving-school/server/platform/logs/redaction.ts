/**
 * Patterns of personal data and secrets. Each is bounded, so that the time is linear in the length of the line.
 */
const personal: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/[\w.+%-]{1,64}(?:@|%40)[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){1,8}/gi, '[e-mail]'],
  // Ontario licence: a letter and 14 digits, with or without its hyphens.
  [/\b[a-z]\d{4}[- ]?\d{5}[- ]?\d{5}\b/gi, '[licence]'],
  [/\+1[\s.-]?\(?\d{3}\)?[\s.-]?\d{3}[\s.-]?\d{4}\b/g, '[phone]'],
  [/(?<![\w-])\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}(?![\w-])/g, '[phone]'],
  // A one-time link, with or without its host.
  [/\/welcome#[\w-]+/g, '/welcome#[token]'],
  // A calendar link, which opens the lessons of an instructor.
  [/\/calendar\/[\w-]{1,200}\.ics/g, '/calendar/[token].ics'],
  [/(postgres(?:ql)?:\/\/)[^\s@"]{1,500}@/gi, '$1[secret]@'],
  [/([?&]q=)[^&\s"]*/gi, '$1[search]'],
];

/** Replaces personal data and secrets in a finished log line. */
export function withoutPersonalData(line: string): string {
  return personal.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line);
}

/** Names of members whose value is never shown, at any depth. Compared without case, dashes and underscores. */
const secretKeys =
  /^(?:.*(?:password|passwd|passphrase|secret|token|apikey|accesskey|privatekey|credential|cookie|authorization|signature|sessionid|connectionstring)s?|pwd|pass|auth|jwt|bearer|dsn|otp|pin|cvv|cvc|ssn|sin)$/;

/** Patterns of secrets. Each is bounded, so that matching takes bounded time. */
const patterns: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/-----BEGIN [A-Z ]{1,40}-----[\s\S]{0,20000}?(?:-----END [A-Z ]{1,40}-----|$)/g, '[key]'],
  // JSON Web Tokens: three parts, the first of which starts with `{"`.
  [/\beyJ[\w-]{5,4000}\.[\w-]{5,8000}(?:\.[\w-]{0,4000})?/g, '[token]'],
  [/\b(bearer|basic|token|digest|negotiate)\s+[\w.~+/=-]{8,4000}/gi, '$1 [secret]'],
  // Credentials in URLs: scheme://user:password@host, also encoded.
  [/\b([a-z][a-z\d+.-]{1,30}:\/\/)[^\s/?#@"'<>]{1,500}@/gi, '$1[secret]@'],
  [/\b(?:AKIA|ASIA)[A-Z\d]{16}\b/g, '[key]'],
  [/\b(?:sk|pk|rk)_(?:live|test)_[\w]{8,200}\b/g, '[key]'],
  [/\bgh[opsur]_[A-Za-z\d]{20,255}\b/g, '[key]'],
  [/\bgithub_pat_[\w]{20,255}\b/g, '[key]'],
  [/\bxox[abeoprs]-[\w-]{10,250}/g, '[key]'],
  [/\bAIza[\w-]{30,60}/g, '[key]'],
  [/\bsk-[\w-]{20,200}\b/g, '[key]'],
  [/\bSG\.[\w-]{16,64}\.[\w-]{16,128}/g, '[key]'],
  // `password=…`, `"token": "…"`, `api_key: …`
  [
    /((?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|authorization|cookie|session[_-]?id|signature)s?["']?\s{0,3}[=:]\s{0,3}["']?)(?!\[)[^\s"'&,;}\]]{3,2000}/gi,
    '$1[secret]',
  ],
  [/([?&](?:code|state|key|sig|auth|pass)=)[^&\s"'#]{3,2000}/gi, '$1[secret]'],
];

/** Card numbers, if they pass the Luhn check. */
const cards = /\b\d(?:[ -]?\d){12,18}\b/g;
/** C0 and C1 controls except tab, bidirectional marks, line separators: they change how a text is displayed. */
// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Cheaper than all patterns together: a text without a match contains no secret. */
const suspicious =
  /-----BEGIN|eyJ|bearer|basic|digest|negotiate|:\/\/|AKIA|ASIA|[spr]k_|sk-|gh[opsur]_|github_pat_|xox|AIza|SG\.|passw|passp|pwd|secret|token|key|credential|authorization|cookie|session|sig|[?&](?:code|state|auth|pass)=|\d(?:[ -]?\d){12}/i;

/** Longer texts are truncated. */
const TEXT_MAX = 4_000;
const DEPTH_MAX = 6;
const MEMBERS_MAX = 100;

/** Removes anything that looks like a secret, and escapes characters that change how the text is displayed. */
export function redactText(text: string): string {
  const cut = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}… (${text.length - TEXT_MAX} more)` : text;
  const clean = suspicious.test(cut)
    ? patterns
        .reduce((result, [pattern, instead]) => result.replace(pattern, instead), cut)
        .replace(cards, (digits) => (passesLuhn(digits) ? '[card]' : digits))
    : cut;
  return clean.replace(controls, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

/** Whether the name of a member marks its value as secret. */
export function isSecretKey(name: string): boolean {
  return secretKeys.test(name.toLowerCase().replaceAll(/[-_\s.]/g, ''));
}

/** Makes any value safe to show: replaces secrets by name and by pattern, and bounds depth and size. Never throws. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') return `[${typeof value}]`;
  if (depth >= DEPTH_MAX) return '[deeper]';
  if (Array.isArray(value)) {
    const items = value.slice(0, MEMBERS_MAX).map((item) => redact(item, depth + 1));
    return value.length > MEMBERS_MAX ? [...items, `(${value.length - MEMBERS_MAX} more)`] : items;
  }
  const entries = Object.entries(value).slice(0, MEMBERS_MAX);
  return Object.fromEntries(
    entries.map(([name, member]) => [
      redactText(name),
      isSecretKey(name) && member !== null && member !== undefined ? hidden(member) : redact(member, depth + 1),
    ]),
  );
}

/** The rough length shows whether a secret was empty or cut off. */
function hidden(value: unknown): string {
  if (typeof value !== 'string') return '[redacted]';
  return value === '' ? '[redacted, empty]' : value.length < 16 ? '[redacted, short]' : '[redacted, long]';
}

function passesLuhn(text: string): boolean {
  const digits = (text.match(/\d/g) ?? []).map(Number);
  if (digits.length < 13 || digits.length > 19) return false;
  const sum = digits.toReversed().reduce((total, digit, index) => {
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

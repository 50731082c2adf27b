/**
 * Whether a search text may be the start of a licence number: a letter and at least four digits. Such text is sent in the
 * body of a request, never in a URL.
 */
export function mustNotBeInAddress(text: string): boolean {
  return /^[a-z]\d{4,}$/i.test(text.replaceAll(/[\s\p{Pd}]/gu, ''));
}

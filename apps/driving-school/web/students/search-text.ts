/**
 * Whether a search text is, or starts like, a licence number: one letter and at least four digits. Such a text is sent
 * in the body of a request, never in a URL.
 */
export function mustNotBeInAddress(text: string): boolean {
  return /^[a-z]\d{4,}$/i.test(text.replaceAll(/[\s\p{Pd}]/gu, ''));
}

/**
 * Whether a search text is, or begins like, a licence number: one letter and four digits or more. Such a text goes
 * into the body of a request, never into an address.
 */
export function mustNotBeInAddress(text: string): boolean {
  return /^[a-z]\d{4,}$/i.test(text.replaceAll(/[\s\p{Pd}]/gu, ''));
}

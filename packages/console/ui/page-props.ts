/** What a page is given: what follows its name in the address. */
export interface PageProps {
  readonly rest: readonly string[];
}

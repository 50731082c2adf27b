/** Facts about the application, from the head of the page. */
export interface PageFacts {
  readonly application: { readonly name: string; readonly homePath: string } | undefined;
  readonly signInPath: string;
  /** Where the operator's token is accepted, if it is. */
  readonly tokenSignInPath?: string;
}

export function readPageFacts(): PageFacts {
  const content = document.querySelector('meta[name="console"]')?.getAttribute('content') ?? '';
  // Empty when another server than the console serves the page, such as Vite.
  return content === '' ? { application: undefined, signInPath: '/sign-in' } : (JSON.parse(content) as PageFacts);
}

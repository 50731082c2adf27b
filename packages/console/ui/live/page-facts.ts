/** What the server has written into the head of the page: where the console belongs. */
export interface PageFacts {
  readonly application: { readonly name: string; readonly homePath: string } | undefined;
  readonly signInPath: string;
  /** Where the operator's token is taken; left out where it is not. */
  readonly tokenSignInPath?: string;
}

export function readPageFacts(): PageFacts {
  const content = document.querySelector('meta[name="console"]')?.getAttribute('content') ?? '';
  // Empty where the page is served by something else than the console, such as Vite's own server.
  return content === '' ? { application: undefined, signInPath: '/sign-in' } : (JSON.parse(content) as PageFacts);
}

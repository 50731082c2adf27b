import { documentOf } from '../plain/document.ts';
import { html } from '../plain/html.ts';

interface SignInPage {
  /** Target of the form. */
  readonly action: string;
  /** Path of the console to go to afterwards. */
  readonly next: string;
  /** The application's sign-in page. */
  readonly signInPath: string;
  readonly application: string;
  /** Whether people can currently sign in to the application. */
  readonly canSignIn: boolean;
  /** Where the token is, in a sentence. */
  readonly hint: string | undefined;
  /** Why the last try failed. */
  readonly problem: string | undefined;
}

/** The form for the operator's token; works without scripts. */
export function signInPage(page: SignInPage): string {
  const { action, next, signInPath, application, canSignIn, hint, problem } = page;
  return documentOf(
    'Sign in with the operator’s token · Recovery console',
    html`<main class="gate">
      <h1>Sign in to the recovery console</h1>
      ${
        canSignIn
          ? undefined
          : html`<p class="verdict warning">
              Nobody can sign in to ${application} right now. The operator’s token still opens this console.
            </p>`
      }
      ${problem === undefined ? undefined : html`<p class="verdict bad" role="alert" id="problem">${problem}</p>`}
      <form method="post" action="${action}">
        <input type="hidden" name="next" value="${next}" />
        <label for="token">Operator’s token</label>
        <input
          id="token"
          name="token"
          type="password"
          required
          autofocus
          maxlength="500"
          autocomplete="current-password"
          autocapitalize="none"
          spellcheck="false"
          aria-describedby="hint${problem === undefined ? '' : ' problem'}"
        />
        <p class="note" id="hint">${hint ?? ''} The session ends after an hour, or after 15 minutes without use.</p>
        <p><button>Sign in</button></p>
      </form>
      <p><a href="${signInPath}?next=${encodeURIComponent(next)}">Sign in with your account instead</a></p>
    </main>`,
  );
}

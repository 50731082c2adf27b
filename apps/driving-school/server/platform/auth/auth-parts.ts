import type { AuthBase } from './auth-base.ts';
import type { CredentialChecks } from './credential-checks.ts';
import type { SignInSteps } from './sign-in-steps.ts';

/** What the routes of sign-in are built from. */
export interface AuthParts extends AuthBase {
  readonly steps: SignInSteps;
  readonly credentials: CredentialChecks;
}

import type { AuthBase } from './auth-base.ts';
import type { CredentialChecks } from './credential-checks.ts';
import type { SignInSteps } from './sign-in-steps.ts';

/** The dependencies of the sign-in routes. */
export interface AuthParts extends AuthBase {
  readonly steps: SignInSteps;
  readonly credentials: CredentialChecks;
}

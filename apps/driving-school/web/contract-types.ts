import type { z } from 'zod';
import type { oneTimeLinkSchema } from '../contract/session.ts';

export type { AuditAction, AuditDetail, AuditEntry, AuditPage, AuditQuery } from '../contract/audit.ts';
export type {
  Invite,
  Invited,
  Role,
  Session,
  SessionUser,
  SignIn,
  User,
  UserChange,
  Welcome,
  WelcomeAnswer,
} from '../contract/session.ts';
export type {
  Account,
  CodeAccepted,
  Confirm,
  Enrolment,
  OwnSession,
  PasswordChange,
  RecoveryCodes,
  SetUp,
  SignInStep,
} from '../contract/account.ts';
/** A one-time link, which is shown only once. */
export type OneTimeLink = z.infer<typeof oneTimeLinkSchema>;

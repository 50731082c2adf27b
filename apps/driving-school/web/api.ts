import type { Problem, ProblemDetail } from '../contract/problem.ts';
import { activityHeader } from '../contract/activity-header.ts';
import { recentActivity } from '@dualbrake/kit/activity';
import { askForProof } from './confirm-identity.ts';
import type {
  AuditPage,
  AuditQuery,
  Account,
  CodeAccepted,
  Confirm,
  Enrolment,
  Invite,
  Invited,
  OwnSession,
  PasswordChange,
  RecoveryCodes,
  Session,
  SessionUser,
  SetUp,
  SignIn,
  SignInStep,
  User,
  UserChange,
  Welcome,
  WelcomeAnswer,
} from './contract-types.ts';
import type { DateOrder } from '../contract/student-dates.ts';
import type { ImportReport } from '../contract/student-import.ts';
import type { StudentAnswer, StudentChanges, StudentList, StudentQuery, StudentWrite } from '../contract/students.ts';
import { mustNotBeInAddress } from './students/search-text.ts';

/** How long to wait for an answer, in milliseconds. The server gives up after 10 s; this is only for a silent network. */
const patienceMs = 15_000;

/** The server said no, with a sentence that says what to do. */
export class ProblemResponse extends Error {
  override readonly name = 'ProblemResponse';
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly errors: readonly ProblemDetail[];
  /** From `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The whole answer, for what is particular to one problem. */
  readonly body: unknown;

  constructor(response: Response, body: unknown) {
    const problem = isProblem(body) ? body : undefined;
    super(problem?.detail ?? `The server answered ${response.status}. Try again in a moment.`);
    this.status = response.status;
    this.code = problem?.code ?? `http_${response.status}`;
    this.title = problem?.title ?? 'Something went wrong';
    this.errors = problem?.errors ?? [];
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    this.retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : undefined;
    this.body = body;
  }
}

/** No answer came. Whether a change was carried out is not known. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  constructor(cause: unknown) {
    super("The server can't be reached. Check your connection. Retrying automatically.", { cause });
  }
}

/** An answer's body, and its version for `If-Match`. */
export interface Answer<Body> {
  readonly body: Body;
  readonly etag: string | undefined;
}

interface Request {
  readonly body?: unknown;
  readonly csv?: string;
  readonly ifMatch?: string;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Told about every answer, so that one place can watch the session and the outage. */
export interface Observer {
  onAnswer(path: string, status: number, body: unknown): void;
  onNoAnswer(): void;
}

let observer: Observer | undefined;

/** Puts the one who watches all answers in place. */
export function observeAnswers(by: Observer): void {
  observer = by;
}

/** A new `Idempotency-Key`. One per intent: the same key again means the same change, not another one. */
export function newIdempotencyKey(): string {
  // randomUUID is missing on plain-HTTP names; this is not.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Sends a request. When the server wants to know first that it is still the same person, asks them and sends it again,
 * under the same key.
 */
async function send<Body>(method: string, path: string, request: Request = {}): Promise<Answer<Body>> {
  const idempotencyKey = request.idempotencyKey ?? (method === 'POST' ? newIdempotencyKey() : undefined);
  const once = (): Promise<Answer<Body>> =>
    sendOnce(method, path, { ...request, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) });
  try {
    return await once();
  } catch (error) {
    if (!(error instanceof ProblemResponse && error.code === 'reauthentication_required')) throw error;
    if (!(await askForProof())) throw error;
    return once();
  }
}

async function sendOnce<Body>(method: string, path: string, request: Request): Promise<Answer<Body>> {
  const headers = new Headers({
    accept: 'application/json, application/problem+json',
    [activityHeader]: recentActivity(),
  });
  if (request.body !== undefined) headers.set('content-type', 'application/json');
  if (request.csv !== undefined) headers.set('content-type', 'text/csv');
  if (request.ifMatch !== undefined) headers.set('if-match', request.ifMatch);
  if (request.idempotencyKey !== undefined) headers.set('idempotency-key', request.idempotencyKey);

  const patience = AbortSignal.timeout(patienceMs);
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: request.csv ?? (request.body === undefined ? null : JSON.stringify(request.body)),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: request.signal === undefined ? patience : AbortSignal.any([request.signal, patience]),
    });
    body = await readBody(response);
  } catch (error) {
    if (request.signal?.aborted) throw error;
    observer?.onNoAnswer();
    throw new NoAnswer(error);
  }
  observer?.onAnswer(path, response.status, body);
  if (!response.ok) throw new ProblemResponse(response, body);
  return { body: body as Body, etag: response.headers.get('etag') ?? undefined };
}

async function readBody(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const type = response.headers.get('content-type') ?? '';
  return /json/.test(type) ? response.json() : response.text();
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'detail' in body && typeof body.detail === 'string';
}

const studentPath = (studentId: string): string => `/api/students/${encodeURIComponent(studentId)}`;

/** Which version a change is about, and the key under which it takes effect once. */
interface Seen {
  readonly version: number;
  readonly idempotencyKey: string;
}

function conditionsOf({ version, idempotencyKey }: Seen): Pick<Request, 'ifMatch' | 'idempotencyKey'> {
  return { ifMatch: `"${version}"`, idempotencyKey };
}

function queryText(query: Readonly<Record<string, unknown>>): string {
  return new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
}

/** How a file of students is to be imported. */
interface ImportChoices {
  readonly dryRun: boolean;
  readonly skipExisting: boolean;
  readonly dateOrder: DateOrder;
  readonly idempotencyKey: string;
}

/** Every call of the pages to the server. Each throws `ProblemResponse` or `NoAnswer`, or what its signal says. */
export const api = {
  session: (signal?: AbortSignal) => send<Session>('GET', '/api/session', { signal }),
  signIn: (body: SignIn) => send<{ user: SessionUser } | SignInStep>('POST', '/api/session', { body }),
  signInCode: (body: { code: string }) => send<CodeAccepted>('POST', '/api/session/code', { body }),
  setupSecret: () => send<Enrolment>('POST', '/api/session/setup/secret'),
  setup: (body: { code: string }) => send<SetUp>('POST', '/api/session/setup', { body }),
  confirmIdentity: (body: Confirm) => send<undefined>('POST', '/api/session/confirm', { body }),
  signOut: () => send<undefined>('DELETE', '/api/session'),
  ready: (signal?: AbortSignal) => send<unknown>('GET', '/readyz', { signal }),

  checkWelcome: (token: string) => send<Welcome>('POST', '/api/welcome/check', { body: { token } }),
  welcome: (body: WelcomeAnswer) => send<{ user: SessionUser } | SignInStep>('POST', '/api/welcome', { body }),

  account: (signal?: AbortSignal) => send<Account>('GET', '/api/account', { signal }),
  changePassword: (body: PasswordChange) => send<{ user: SessionUser }>('POST', '/api/account/password', { body }),
  secondFactorSecret: () => send<Enrolment>('POST', '/api/account/second-factor/secret'),
  enableSecondFactor: (body: { code: string }) => send<RecoveryCodes>('PUT', '/api/account/second-factor', { body }),
  disableSecondFactor: () => send<undefined>('DELETE', '/api/account/second-factor'),
  renewRecoveryCodes: () => send<RecoveryCodes>('POST', '/api/account/second-factor/recovery-codes'),
  setSecondFactorRule: (body: { required: boolean }) =>
    send<{ required: boolean }>('PUT', '/api/account/second-factor/rule', { body }),
  ownSessions: (signal?: AbortSignal) => send<{ data: OwnSession[] }>('GET', '/api/account/sessions', { signal }),
  endSession: (sessionId: string) => send<undefined>('DELETE', `/api/account/sessions/${sessionId}`),
  endOtherSessions: () => send<{ ended: number }>('DELETE', '/api/account/sessions'),
  resetSecondFactor: (userId: string) => send<{ data: User }>('DELETE', `/api/users/${userId}/second-factor`),

  instructors: (signal?: AbortSignal) =>
    send<{ data: { id: string; name: string }[] }>('GET', '/api/instructors', { signal }),
  users: (signal?: AbortSignal) => send<{ data: User[] }>('GET', '/api/users', { signal }),
  invite: (body: Invite, idempotencyKey: string) => send<Invited>('POST', '/api/users', { body, idempotencyKey }),
  changeUser: (userId: string, body: UserChange) => send<{ data: User }>('PATCH', `/api/users/${userId}`, { body }),
  newLink: (userId: string) => send<Invited>('POST', `/api/users/${userId}/link`, { body: {} }),

  audit: (query: Partial<AuditQuery>, signal?: AbortSignal) =>
    send<AuditPage>('GET', `/api/audit?${queryText(query)}`, { signal }),

  students: (query: Partial<StudentQuery>, signal?: AbortSignal) => {
    // A licence number holds a birth date, and addresses end up in logs and histories.
    if (mustNotBeInAddress(query.q ?? '')) {
      return send<StudentList>('POST', '/api/students/search', { body: query, signal });
    }
    return send<StudentList>('GET', `/api/students?${queryText(query)}`, { signal });
  },
  student: (studentId: string, signal?: AbortSignal) => send<StudentAnswer>('GET', studentPath(studentId), { signal }),
  addStudent: (body: StudentWrite, idempotencyKey: string) =>
    send<StudentAnswer>('POST', '/api/students', { body, idempotencyKey }),
  changeStudent: (studentId: string, body: StudentChanges, seen: Seen) =>
    send<StudentAnswer>('PATCH', studentPath(studentId), { body, ...conditionsOf(seen) }),
  archiveStudent: (studentId: string, seen: Seen) =>
    send<StudentAnswer>('POST', `${studentPath(studentId)}/archive`, { body: {}, ...conditionsOf(seen) }),
  restoreStudent: (studentId: string, seen: Seen) =>
    send<StudentAnswer>('POST', `${studentPath(studentId)}/restore`, { body: {}, ...conditionsOf(seen) }),
  revealLicenceNumber: (studentId: string) =>
    send<{ data: { licence_number: string | null } }>('POST', `${studentPath(studentId)}/licence-number/reveal`, {
      body: {},
    }),
  importStudents: (csv: string, { dryRun, skipExisting, dateOrder, idempotencyKey }: ImportChoices) =>
    send<ImportReport>(
      'POST',
      `/api/students/import?dry_run=${dryRun}&skip_existing=${skipExisting}&date_order=${dateOrder}`,
      { csv, idempotencyKey },
    ),
};

import type { LessonAnswer, LessonCancel, LessonCreate, LessonMove } from '../contract/lessons.ts';
import type {
  LessonPlan,
  PlanDefaults,
  PlanPreview,
  PlanPreviewRequest,
  SlotList,
  SlotQuery,
} from '../contract/planning.ts';
import type { Problem, ProblemDetail } from '../contract/problem.ts';
import { activityHeader } from '../contract/activity-header.ts';
import { recentActivity } from '@dualbrake/kit/activity';
import { confirmIdentity } from './confirm-identity.ts';
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
import type { Compliance } from '../contract/compliance.ts';
import type { HoursText } from '../contract/instructor-hours.ts';
import type {
  HoursAnswer,
  InstructorAdded,
  InstructorAnswer,
  InstructorChanged,
  InstructorChanges,
  InstructorCreate,
  InstructorList,
  TimeOffAdded,
  TimeOffCreate,
  TimeOffList,
} from '../contract/instructors.ts';
import type { DateOrder } from '../contract/student-dates.ts';
import type {
  ClosedDayAdded,
  ClosedDayList,
  ClosedDayQuery,
  ClosedDayWrite,
  HolidaysAdded,
} from '../contract/closed-days.ts';
import type {
  LocationAnswer,
  LocationChanges,
  LocationList,
  LocationQuery,
  LocationWrite,
} from '../contract/locations.ts';
import type {
  OutageAdded,
  OutageList,
  OutageWrite,
  VehicleAnswer,
  VehicleChanged,
  VehicleChanges,
  VehicleList,
  VehicleQuery,
  VehicleWrite,
} from '../contract/vehicles.ts';
import type { ImportReport } from '../contract/student-import.ts';
import type { AttentionAnswer } from '../contract/attention.ts';
import type { Calendar, CalendarQuery, DaySheet, DaySheetQuery } from '../contract/calendar.ts';
import type { CalendarFeedCreated, CalendarFeedList } from '../contract/calendar-feeds.ts';
import type { SearchAnswer } from '../contract/search.ts';
import type { BookingWorld } from '../contract/booking/world.ts';
import type {
  StudentAnswer,
  StudentChangeAnswer,
  StudentChanges,
  StudentList,
  StudentQuery,
  StudentWrite,
} from '../contract/students.ts';
import { mustNotBeInAddress } from './students/search-text.ts';

/** Time limit of a request, in milliseconds. The server gives up after 10 s, so only lost requests reach it. */
const requestLimitMs = 15_000;

/** The server answered with an error. The message is a sentence for the user. */
export class ProblemResponse extends Error {
  override readonly name = 'ProblemResponse';
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly errors: readonly ProblemDetail[];
  /** From `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The whole body, which may have more members. */
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

/** There was no answer. The outcome of a change is unknown. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  constructor(cause: unknown) {
    super("The server can't be reached. Check your connection. Retrying automatically.", { cause });
  }
}

interface Request {
  readonly body?: unknown;
  readonly csv?: string;
  readonly ifMatch?: string;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Receives every answer, to monitor the session and outages. */
export interface AnswerObserver {
  onAnswer(path: string, status: number, body: unknown): void;
  onNoAnswer(): void;
}

let observer: AnswerObserver | undefined;

/** Sets the observer of all answers. */
export function observeAnswers(by: AnswerObserver): void {
  observer = by;
}

/** Creates an `Idempotency-Key`: a change that is sent again with the same key takes effect once. */
export function newIdempotencyKey(): string {
  // randomUUID exists only on HTTPS and localhost.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Sends a request and returns the body of the answer. When the user must confirm their identity first, shows that dialog
 * and sends the request again with the same key.
 */
export async function send<Body>(method: string, path: string, request: Request = {}): Promise<Body> {
  const idempotencyKey = request.idempotencyKey ?? (method === 'POST' ? newIdempotencyKey() : undefined);
  const once = (): Promise<Body> =>
    sendOnce(method, path, { ...request, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) });
  try {
    return await once();
  } catch (error) {
    if (!(error instanceof ProblemResponse && error.code === 'reauthentication_required')) throw error;
    if (!(await confirmIdentity())) throw error;
    return once();
  }
}

async function sendOnce<Body>(method: string, path: string, request: Request): Promise<Body> {
  const headers = new Headers({
    accept: 'application/json, application/problem+json',
    [activityHeader]: recentActivity(),
  });
  if (request.body !== undefined) headers.set('content-type', 'application/json');
  if (request.csv !== undefined) headers.set('content-type', 'text/csv');
  if (request.ifMatch !== undefined) headers.set('if-match', request.ifMatch);
  if (request.idempotencyKey !== undefined) headers.set('idempotency-key', request.idempotencyKey);

  const limit = AbortSignal.timeout(requestLimitMs);
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: request.csv ?? (request.body === undefined ? null : JSON.stringify(request.body)),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: request.signal === undefined ? limit : AbortSignal.any([request.signal, limit]),
    });
    body = await readBody(response);
  } catch (error) {
    if (request.signal?.aborted) throw error;
    observer?.onNoAnswer();
    throw new NoAnswer(error);
  }
  observer?.onAnswer(path, response.status, body);
  if (!response.ok) throw new ProblemResponse(response, body);
  return body as Body;
}

async function readBody(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const type = response.headers.get('content-type') ?? '';
  return /json/.test(type) ? response.json() : response.text();
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'detail' in body && typeof body.detail === 'string';
}

/** Creates a refusal without a request. */
function refusal(status: number, title: string, detail: string): ProblemResponse {
  return new ProblemResponse(new Response(null, { status }), { title, detail });
}

/** For an invalid ID. */
const noSuchStudent = (): ProblemResponse =>
  refusal(404, 'There is no such student', 'This address doesn’t belong to a student. Check it, or search the list.');

/** For a one-time link without its fragment, which is easily lost when copying. */
export const incompleteLink = (): ProblemResponse =>
  refusal(
    422,
    'This link is incomplete',
    'Copy all of it, including the part after #, or ask the owner of the school for a new one.',
  );

/** For an invalid ID. */
const noSuchCar = (): ProblemResponse =>
  refusal(404, 'There is no such car', 'This address doesn’t belong to a car. Check it, or choose one from the list.');

function isStudentId(text: string): boolean {
  return /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(text);
}

const locationPath = (locationId: string): string => `/api/locations/${encodeURIComponent(locationId)}`;
const vehiclePath = (vehicleId: string): string => `/api/vehicles/${encodeURIComponent(vehicleId)}`;

const studentPath = (studentId: string): string => `/api/students/${encodeURIComponent(studentId)}`;

const instructorPath = (id: string): string => `/api/instructors/${encodeURIComponent(id)}`;
const lessonPath = (lessonId: string): string => `/api/lessons/${encodeURIComponent(lessonId)}`;

/** The version that a change is based on, and its idempotency key. */
export interface ChangeConditions {
  readonly version: number;
  readonly idempotencyKey: string;
}

/** The headers of a change under its conditions. */
export function headersOf({ version, idempotencyKey }: ChangeConditions): Pick<Request, 'ifMatch' | 'idempotencyKey'> {
  return { ifMatch: `"${version}"`, idempotencyKey };
}

function queryText(query: Readonly<Record<string, unknown>>): string {
  return new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
}

/** The facts to load for bookings of one student. */
export interface WorldRequest {
  readonly student_id: string;
  readonly enrolment_id?: string;
  /** Calendar days, both included. */
  readonly from: string;
  readonly to: string;
}

/** The courses of a student to choose from when booking. */
export interface EnrolmentChoice {
  readonly id: string;
  readonly kind: 'bde' | 'lesson_pack';
  readonly status: string;
}

/** Options of an import. */
interface ImportChoices {
  readonly dryRun: boolean;
  readonly skipExisting: boolean;
  readonly dateOrder: DateOrder;
  readonly idempotencyKey: string;
}

/** Requests of the planning pages. */
const planning = {
  defaults: (studentId: string, signal?: AbortSignal) => {
    if (!isStudentId(studentId)) throw noSuchStudent();
    return send<{ data: PlanDefaults }>('GET', `/api/lesson-plans/defaults?${queryText({ student_id: studentId })}`, {
      signal,
    });
  },
  slots: (query: Partial<SlotQuery>, signal?: AbortSignal) =>
    send<SlotList>('GET', `/api/slots?${queryText(query)}`, { signal }),
  preview: (body: PlanPreviewRequest, signal?: AbortSignal) =>
    send<{ data: PlanPreview }>('POST', '/api/lesson-plans/preview', { body, signal }),
  bookPlan: (token: string, idempotencyKey: string) =>
    send<{ data: LessonPlan }>('POST', '/api/lesson-plans', { body: { plan_token: token }, idempotencyKey }),
};

/** All requests to the server. Each throws `ProblemResponse`, `NoAnswer`, or the reason of its signal. */
export const api = {
  planning,

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

  instructors: (signal?: AbortSignal) => send<InstructorList>('GET', '/api/instructors', { signal }),
  instructorsOf: (status: 'active' | 'disabled' | 'all', signal?: AbortSignal) =>
    send<InstructorList>('GET', `/api/instructors?status=${status}`, { signal }),
  instructor: (id: string, signal?: AbortSignal) => send<InstructorAnswer>('GET', instructorPath(id), { signal }),
  addInstructor: (body: InstructorCreate, idempotencyKey: string) =>
    send<InstructorAdded>('POST', '/api/instructors', { body, idempotencyKey }),
  previewInstructor: (id: string, body: InstructorChanges, version: number) =>
    send<InstructorChanged>('PATCH', `${instructorPath(id)}?preview=true`, { body, ifMatch: `"${version}"` }),
  changeInstructor: (id: string, body: InstructorChanges, conditions: ChangeConditions) =>
    send<InstructorChanged>('PATCH', instructorPath(id), { body, ...headersOf(conditions) }),
  instructorHours: (id: string, signal?: AbortSignal) =>
    send<HoursAnswer>('GET', `${instructorPath(id)}/hours`, { signal }),
  setInstructorHours: (id: string, hours: readonly HoursText[]) =>
    send<HoursAnswer>('PUT', `${instructorPath(id)}/hours`, { body: { hours } }),
  timeOff: (id: string, signal?: AbortSignal) => send<TimeOffList>('GET', `${instructorPath(id)}/time-off`, { signal }),
  addTimeOff: (id: string, body: TimeOffCreate, idempotencyKey?: string) =>
    send<TimeOffAdded>('POST', `${instructorPath(id)}/time-off`, {
      body,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    }),
  removeTimeOff: (id: string, timeOffId: string) =>
    send<undefined>('DELETE', `${instructorPath(id)}/time-off/${encodeURIComponent(timeOffId)}`),
  compliance: (days: number, signal?: AbortSignal) =>
    send<Compliance>('GET', `/api/compliance?days=${days}`, { signal }),
  users: (signal?: AbortSignal) => send<{ data: User[] }>('GET', '/api/users', { signal }),
  invite: (body: Invite) => send<Invited>('POST', '/api/users', { body }),
  changeUser: (userId: string, body: UserChange) => send<{ data: User }>('PATCH', `/api/users/${userId}`, { body }),
  newLink: (userId: string, email?: string) =>
    send<Invited>('POST', `/api/users/${userId}/link`, { body: email === undefined ? {} : { email } }),

  audit: (query: Partial<AuditQuery>, signal?: AbortSignal) =>
    send<AuditPage>('GET', `/api/audit?${queryText(query)}`, { signal }),

  /** @param date a calendar day; `next` is the day whose sheet is printed now */
  daySheet: (date: string, query: DaySheetQuery, signal?: AbortSignal) =>
    send<DaySheet>('GET', `/api/day-sheets/${encodeURIComponent(date)}?${queryText(query)}`, { signal }),
  // In the body: names and numbers in URLs end up in logs and in the browser's history.
  search: (q: string, signal?: AbortSignal) => send<SearchAnswer>('POST', '/api/search', { body: { q }, signal }),

  calendarFeeds: (instructorId: string, signal?: AbortSignal) =>
    send<CalendarFeedList>('GET', `/api/calendar-feeds?${queryText({ instructor_id: instructorId })}`, { signal }),
  createCalendarFeed: (instructorId: string) =>
    send<CalendarFeedCreated>('POST', '/api/calendar-feeds', { body: { instructor_id: instructorId } }),
  revokeCalendarFeed: (feedId: string) => send<undefined>('DELETE', `/api/calendar-feeds/${feedId}`),

  students: (query: Partial<StudentQuery>, signal?: AbortSignal) => {
    // A licence number contains a birth date, and URLs end up in logs and in the browser's history.
    if (mustNotBeInAddress(query.q ?? '')) {
      return send<StudentList>('POST', '/api/students/search', { body: query, signal });
    }
    return send<StudentList>('GET', `/api/students?${queryText(query)}`, { signal });
  },
  student: async (studentId: string, signal?: AbortSignal) => {
    if (!isStudentId(studentId)) throw noSuchStudent();
    return send<StudentAnswer>('GET', studentPath(studentId), { signal });
  },
  addStudent: (body: StudentWrite, idempotencyKey: string) =>
    send<StudentAnswer>('POST', '/api/students', { body, idempotencyKey }),
  changeStudent: (studentId: string, body: StudentChanges, conditions: ChangeConditions) =>
    send<StudentChangeAnswer>('PATCH', studentPath(studentId), { body, ...headersOf(conditions) }),
  /** Answers the lessons that a change would break, and changes nothing. */
  previewStudent: (studentId: string, body: StudentChanges, { version }: Pick<ChangeConditions, 'version'>) =>
    send<StudentChangeAnswer>('PATCH', `${studentPath(studentId)}?preview=true`, { body, ifMatch: `"${version}"` }),
  archiveStudent: (studentId: string, conditions: ChangeConditions) =>
    send<StudentAnswer>('POST', `${studentPath(studentId)}/archive`, { body: {}, ...headersOf(conditions) }),
  restoreStudent: (studentId: string, conditions: ChangeConditions) =>
    send<StudentAnswer>('POST', `${studentPath(studentId)}/restore`, { body: {}, ...headersOf(conditions) }),
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

  locations: (query: Partial<LocationQuery>, signal?: AbortSignal) =>
    send<LocationList>('GET', `/api/locations?${queryText(query)}`, { signal }),
  addLocation: (body: LocationWrite, idempotencyKey: string) =>
    send<LocationAnswer>('POST', '/api/locations', { body, idempotencyKey }),
  changeLocation: (locationId: string, body: LocationChanges, conditions: ChangeConditions) =>
    send<LocationAnswer>('PATCH', locationPath(locationId), { body, ...headersOf(conditions) }),
  setLocationStatus: (locationId: string, action: 'archive' | 'restore', conditions: ChangeConditions) =>
    send<LocationAnswer>('POST', `${locationPath(locationId)}/${action}`, { body: {}, ...headersOf(conditions) }),

  vehicles: (query: Partial<VehicleQuery>, signal?: AbortSignal) =>
    send<VehicleList>('GET', `/api/vehicles?${queryText(query)}`, { signal }),
  vehicle: async (vehicleId: string, signal?: AbortSignal) => {
    if (!isStudentId(vehicleId)) throw noSuchCar();
    return send<VehicleAnswer>('GET', vehiclePath(vehicleId), { signal });
  },
  addVehicle: (body: VehicleWrite, idempotencyKey: string) =>
    send<VehicleAnswer>('POST', '/api/vehicles', { body, idempotencyKey }),
  previewVehicle: (vehicleId: string, body: VehicleChanges, version: number) =>
    send<VehicleChanged>('PATCH', `${vehiclePath(vehicleId)}?preview=true`, { body, ifMatch: `"${version}"` }),
  changeVehicle: (vehicleId: string, body: VehicleChanges, conditions: ChangeConditions) =>
    send<VehicleChanged>('PATCH', vehiclePath(vehicleId), { body, ...headersOf(conditions) }),
  setVehicleStatus: (vehicleId: string, action: 'archive' | 'restore', conditions: ChangeConditions) =>
    send<VehicleAnswer>('POST', `${vehiclePath(vehicleId)}/${action}`, { body: {}, ...headersOf(conditions) }),
  outages: async (vehicleId: string, signal?: AbortSignal) => {
    if (!isStudentId(vehicleId)) throw noSuchCar();
    return send<OutageList>('GET', `${vehiclePath(vehicleId)}/outages`, { signal });
  },
  addOutage: (vehicleId: string, body: OutageWrite, idempotencyKey: string) =>
    send<OutageAdded>('POST', `${vehiclePath(vehicleId)}/outages`, { body, idempotencyKey }),
  removeOutage: (vehicleId: string, outageId: string) =>
    send<undefined>('DELETE', `${vehiclePath(vehicleId)}/outages/${encodeURIComponent(outageId)}`),

  closedDays: (query: ClosedDayQuery, signal?: AbortSignal) =>
    send<ClosedDayList>('GET', `/api/closed-days?${queryText(query)}`, { signal }),
  addClosedDay: (body: ClosedDayWrite, idempotencyKey: string) =>
    send<ClosedDayAdded>('POST', '/api/closed-days', { body, idempotencyKey }),
  addHolidays: (year: number, idempotencyKey: string) =>
    send<HolidaysAdded>('POST', '/api/closed-days/ontario-holidays', { body: { year }, idempotencyKey }),
  removeClosedDay: (closedDayId: string) =>
    send<undefined>('DELETE', `/api/closed-days/${encodeURIComponent(closedDayId)}`),
  attention: (signal?: AbortSignal) => send<AttentionAnswer>('GET', '/api/attention', { signal }),
  calendar: (query: Partial<CalendarQuery>, signal?: AbortSignal) =>
    send<Calendar>('GET', `/api/calendar?${queryText(query)}`, { signal }),
  bookingWorld: (query: WorldRequest, signal?: AbortSignal) =>
    send<{ data: BookingWorld }>('GET', `/api/booking-world?${queryText({ ...query })}`, { signal }),
  enrolmentChoices: (studentId: string, signal?: AbortSignal) =>
    send<{ data: EnrolmentChoice[] }>('GET', `${studentPath(studentId)}/enrolments`, { signal }),
  bookLesson: (body: LessonCreate, idempotencyKey: string) =>
    send<LessonAnswer>('POST', '/api/lessons', { body, idempotencyKey }),
  moveLesson: (lessonId: string, body: LessonMove, conditions: ChangeConditions) =>
    send<LessonAnswer>('POST', `${lessonPath(lessonId)}/move`, { body, ...headersOf(conditions) }),
  cancelLesson: (lessonId: string, body: LessonCancel, conditions: ChangeConditions) =>
    send<LessonAnswer>('POST', `${lessonPath(lessonId)}/cancel`, { body, ...headersOf(conditions) }),
  undoLesson: (lessonId: string, conditions: ChangeConditions) =>
    send<LessonAnswer>('POST', `${lessonPath(lessonId)}/undo`, { body: {}, ...headersOf(conditions) }),
};

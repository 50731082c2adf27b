/** The most expensive requests that an OpenAPI document allows, and invalid ones that anyone can send. */
import { calendarDaysMax } from '../../contract/calendar.ts';
import { complianceDaysMax } from '../../contract/compliance.ts';
import { lessonMinutesMax, lessonMinutesMin } from '../../contract/lessons.ts';
import { addDays, type CalendarDay } from '../../contract/parsers.ts';
import { planLessonsMax, planWishesMax, slotsMax } from '../../contract/planning.ts';
import type { LargeBook } from './large-book.ts';

/** One request. */
export interface WorstRequest {
  /** For messages: the route and the kind of request. */
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly body?: string;
  readonly contentType?: string;
  /** The answer's status, for requests that are valid. Default: any below 500. */
  readonly status?: number;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: {
    readonly content?: Readonly<Record<string, { readonly schema?: { readonly properties?: object } }>>;
  };
}

/** The members of an OpenAPI document that are needed here. */
export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface WorstOptions {
  /** The prefix of the paths, such as `/admin/api/v1`. */
  readonly base: string;
  readonly bodyBytesMax: number;
  /** Returns an existing ID for a parameter of a path. */
  readonly idOf: (path: string, parameter: string) => string;
}

/** The most expensive queries and bodies of each operation. */
export function worstRequests({ paths }: Description, { base, bodyBytesMax, idOf }: WorstOptions): WorstRequest[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const url = `${base}${path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => idOf(path, parameter))}`;
      const route = `${method.toUpperCase()} ${base}${path}`;
      return [
        ...queriesOf(operation).map((query) => ({
          name: `${route}${query.length > 60 ? `${query.slice(0, 60)}…` : query}`,
          method,
          url: `${url}${query}`,
        })),
        ...bodiesOf(operation, bodyBytesMax).map(([what, body]) => ({
          name: `${route} with ${what}`,
          method,
          url,
          body,
          contentType: 'application/json',
        })),
      ];
    }),
  );
}

/** Records of a large school that the requests name, and its first day with lessons. */
export interface WorstBook extends LargeBook {
  readonly locationId: string;
  readonly from: CalendarDay;
}

/** The most expensive reads of the book that are allowed: each is valid. */
export function worstBookReads(book: WorstBook): WorstRequest[] {
  const { studentId, enrolmentId, instructorId, vehicleId, locationId, from } = book;
  const to = addDays(from, calendarDaysMax - 1);
  const slots = `/api/slots?from=${from}&to=${to}&student_id=${studentId}&location_id=${locationId}`;
  const wholeDays = Array.from({ length: planWishesMax }, (_, index) => ({
    weekday: 1 + (index % 7),
    from: '00:00',
    to: '24:00',
  }));
  const plan = { enrolment_id: enrolmentId, location_id: locationId, wishes: wholeDays, lessons: planLessonsMax };
  const keep = Array.from({ length: planLessonsMax }, (_, index) => ({
    starts_at: `${addDays(from, index)}T17:00:00Z`,
    instructor_id: instructorId,
    vehicle_id: vehicleId,
  }));
  const lesson = {
    student_id: studentId,
    instructor_id: instructorId,
    vehicle_id: vehicleId,
    location_id: locationId,
    type: 'private',
    // The first instructor's lessons begin a quarter past even hours.
    starts_at: `${addDays(from, 1)}T10:15`,
    minutes: 60,
  };
  return [
    get(`/api/calendar?from=${from}&to=${to}&include=cancelled`),
    get(`/api/calendar?from=${from}&to=${to}&by=vehicle`),
    get(`/api/day-sheets/${from}`),
    get(`${slots}&limit=${slotsMax}&minutes=${lessonMinutesMin}`),
    get(`${slots}&minutes=${lessonMinutesMax}`),
    get(`/api/booking-world?student_id=${studentId}&from=${from}&to=${to}`),
    post('whole days', '/api/lesson-plans/preview', plan),
    post('one wish for a year', '/api/lesson-plans/preview', { ...plan, wishes: wholeDays.slice(0, 1) }),
    post('a car that is often taken', '/api/lesson-plans/preview', {
      ...plan,
      vehicle_id: vehicleId,
      lesson_minutes: 120,
    }),
    post('lessons to keep', '/api/lesson-plans/preview', { ...plan, keep }),
    post('a taken time', '/api/lessons/check', lesson),
    post('a taken time', '/api/lessons', lesson, 409),
    get(`/api/lesson-plans/defaults?student_id=${studentId}`),
    get(`/api/students/${studentId}/lessons?limit=200`),
    get('/api/attention'),
    get(`/api/compliance?days=${complianceDaysMax}`),
    ...['a', 'fam', 'famliy12', 'gievn famliy gvien fmaily trembley macdonld fransois alejnadro', 'é'.repeat(100)].map(
      (q) => post(`the text ${q.slice(0, 20)}`, '/api/search', { q }),
    ),
  ];
}

function get(url: string): WorstRequest {
  return { name: `GET ${url.slice(0, 80)}`, method: 'GET', url, status: 200 };
}

function post(name: string, url: string, body: unknown, status = 200): WorstRequest {
  return {
    name: `POST ${url} with ${name}`,
    method: 'POST',
    url,
    body: JSON.stringify(body),
    contentType: 'application/json',
    status,
  };
}

/** No query, the longest pages, searches without a match, and the longest request lines. */
function queriesOf({ parameters = [] }: Operation): string[] {
  const names = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const each = (value: string): string[] => names.map((name) => `?${name}=${value}`);
  return [
    '',
    ...(names.includes('limit') ? [50, 100, 200, 500, 1_000].map((limit) => `?limit=${limit}`) : []),
    ...(names.includes('window') ? [3_600, 86_400].map((window) => `?window=${window}`) : []),
    ...(names.includes('format') ? ['?format=csv', '?format=json'] : []),
    ...each('nothing-like-it'),
    ...each('a'.repeat(8_000)),
    `?${names.map((name) => `${name}=${'x'.repeat(900)}`).join('&')}`,
    `?${'a=1&'.repeat(2_000)}`,
  ];
}

/** Bodies as deep, wide and long as their limit allows, with known and unknown members. */
function bodiesOf({ requestBody }: Operation, bytesMax: number): (readonly [what: string, body: string])[] {
  if (requestBody === undefined) return [];
  const members = Object.keys(requestBody.content?.['application/json']?.schema?.properties ?? {});
  // The space for one member, after all names.
  const share = Math.max(20, Math.floor(bytesMax / Math.max(1, members.length)) - 60);
  const filled = (value: unknown): string => JSON.stringify(Object.fromEntries(members.map((name) => [name, value])));
  const nested = (open: string, close: string): string => {
    const depth = Math.floor(bytesMax / (open.length + close.length)) - 10;
    return `${open.repeat(depth)}1${close.repeat(depth)}`;
  };
  return [
    ['an empty object', '{}'],
    ['nested arrays', nested('[', ']')],
    ['nested objects', nested('{"a":', '}')],
    ['some unknown members', unknown(1_900)],
    ['as many unknown members as fit', unknown(Math.floor(bytesMax / 12))],
    ['long words', filled('a'.repeat(share))],
    ['long e-mail addresses', filled(`${'a.'.repeat(share / 2 - 4)}@a`)],
    ['long numbers', filled('1'.repeat(share))],
    ['long blanks', filled(' '.repeat(share))],
    ['long accents', filled('é\u0301'.repeat(share / 5))],
    ['some values in each member', filled(Array.from({ length: Math.floor(1_900 / (members.length + 1)) }, () => 1))],
    ['as many values as fit', filled(Array.from({ length: share / 3 }, () => 1))],
    ['keys in each member', filled(Object.fromEntries(Array.from({ length: share / 14 }, (_, at) => [`k${at}`, {}])))],
  ];
}

function unknown(count: number): string {
  return JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 1])));
}

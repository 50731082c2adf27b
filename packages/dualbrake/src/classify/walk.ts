import { read, readList } from './safe-read.ts';

/** Maximum depth of causes, the same as smithy's, and maximum number of errors examined. */
export const DEPTH_LIMIT = 10;
export const NODE_LIMIT = 50;

/** Properties in which libraries keep a wrapped error. */
const places: readonly (readonly string[])[] = [
  // ECMAScript; TypeScript's older habits
  ['cause'],
  ['originalError'],
  ['original'],
  ['parent'],
  // TypeORM, Objection, db-errors
  ['driverError'],
  ['nativeError'],
  // Stripe; explicit resource management
  ['detail'],
  ['suppressed'],
  // Prisma 7
  ['meta', 'driverAdapterError'],
  // contentful, Azure, nats, undici's and Vercel's retries, events, promise-retry
  ['sourceError'],
  ['chainedError'],
  ['innerError'],
  ['inner'],
  ['lastError'],
  ['error'],
  ['err'],
  ['exception'],
  ['raw', 'exception'],
  ['raw', 'detail'],
  ['networkError'],
  ['reason'],
  ['previous'],
];

/** The wrapped errors, in the order of `places`. Only `cause` may be any value. */
export function causesOf(error: unknown): unknown[] {
  const found: unknown[] = [];
  for (const [first = '', second] of places) {
    const outer = read(error, first);
    if (outer === undefined || outer === null) continue;
    const inner = second === undefined ? outer : read(outer, second);
    if (inner === undefined || inner === null || inner === error || found.includes(inner)) continue;
    if (first === 'cause' || isErrorLike(inner)) found.push(inner);
  }
  return found;
}

/** The members of an aggregate: a list, or an object by host, as in Cassandra's driver. */
export function membersOf(error: unknown): readonly unknown[] {
  for (const name of ['errors', 'innerErrors', 'rejectedErrors']) {
    const list = readList(error, name, NODE_LIMIT);
    const members = list.length > 0 ? list : valuesOf(read(error, name));
    const objects = members.filter((member) => typeof member === 'object' && member !== null);
    if (objects.length > 0) return objects;
  }
  return [];
}

/** Whether it looks like an error: it has a message, and a stack, name or code. */
export function isErrorLike(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || typeof read(value, 'message') !== 'string') return false;
  return ['stack', 'name', 'code'].some((name) => {
    const found = read(value, name);
    return typeof found === 'string' || typeof found === 'number';
  });
}

function valuesOf(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  try {
    return Object.values(value).slice(0, NODE_LIMIT);
  } catch {
    return [];
  }
}

/** Properties with the stream of a response: in `fetch` and undici, the AWS SDK, axios and others. */
const places = ['body', 'Body', 'data', 'stream'] as const;

/** How many members of a list or a plain object are looked at: rows of a query are not worth more. */
const MOST_MEMBERS = 8;

const none: readonly object[] = [];

/**
 * The streams that an answer is, or carries, while they can still be read: a `Response` whose body is open, a web
 * stream, a Node stream, an async iterable, also as one of the first members of a list or a plain object. Told by what
 * they can do, because there are several implementations of each.
 *
 * @returns an empty list for everything else; never throws
 */
export function openStreamsOf(answer: unknown): readonly object[] {
  try {
    if (typeof answer !== 'object' || answer === null) return none;
    const stream = streamIn(answer);
    return stream === undefined ? streamsAmong(answer) : [stream];
  } catch {
    // A getter that throws, or a proxy: nothing that anybody reads from.
    return none;
  }
}

function streamsAmong(answer: object): readonly object[] {
  if (Array.isArray(answer)) return streamsOf(answer.slice(0, MOST_MEMBERS));
  // An error may stand for an answer that nobody has read yet.
  if (!isPlain(answer)) return streamsOf([(answer as { response?: unknown }).response]);
  const members: unknown[] = [];
  for (const name in answer) {
    if (members.push((answer as Readonly<Record<string, unknown>>)[name]) === MOST_MEMBERS) break;
  }
  return streamsOf(members);
}

function streamsOf(members: readonly unknown[]): readonly object[] {
  let found: object[] | undefined;
  for (const member of members) {
    const stream = streamIn(member);
    if (stream !== undefined) (found ??= []).push(stream);
  }
  return found ?? none;
}

function isPlain(answer: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(answer);
  return prototype === Object.prototype || prototype === null;
}

function streamIn(answer: unknown): object | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  if (isOpenStream(answer)) return answer;
  const fields: { readonly bodyUsed?: unknown } & { readonly [place in (typeof places)[number]]?: unknown } = answer;
  if (fields.bodyUsed === true) return undefined;
  for (const place of places) {
    const found = fields[place];
    if (isOpenStream(found)) return found;
  }
  return undefined;
}

function isOpenStream(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const stream: {
    readonly getReader?: unknown;
    readonly pipe?: unknown;
    readonly [Symbol.asyncIterator]?: unknown;
    readonly destroyed?: unknown;
    readonly readableEnded?: unknown;
  } = value;
  const canBeRead =
    typeof stream[Symbol.asyncIterator] === 'function' ||
    typeof stream.getReader === 'function' ||
    typeof stream.pipe === 'function';
  return canBeRead && stream.destroyed !== true && stream.readableEnded !== true;
}

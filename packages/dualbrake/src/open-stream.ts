/** Properties with the stream of a response: in `fetch` and undici, the AWS SDK, axios and others. */
const places = ['body', 'Body', 'data', 'stream'] as const;

/** How many members of a list or a plain object are looked at: rows of a query are not worth more. */
const MOST_MEMBERS = 16;

/**
 * The streams that an answer is, or carries, while they can still be read: a `Response` whose body is open, a web
 * stream, a Node stream, an async iterable, also as a member of a list or a plain object. Told by what they can do,
 * because there are several implementations of each.
 *
 * @returns an empty list for everything else; never throws
 */
export function openStreamsOf(answer: unknown): readonly object[] {
  try {
    if (typeof answer !== 'object' || answer === null) return none;
    const stream = streamIn(answer);
    if (stream !== undefined) return [stream];
    return membersOf(answer)
      .map(streamIn)
      .filter((member) => member !== undefined);
  } catch {
    // A getter that throws, or a proxy: nothing that anybody reads from.
    return none;
  }
}

const none: readonly object[] = [];

/** The first members of a list or a plain object, as far as nothing has to be computed for them. */
function membersOf(answer: object): unknown[] {
  if (Array.isArray(answer)) return answer.slice(0, MOST_MEMBERS);
  const prototype: unknown = Object.getPrototypeOf(answer);
  // An error may stand for an answer that nobody has read yet.
  if (prototype !== Object.prototype && prototype !== null) return [(answer as { response?: unknown }).response];
  return Object.keys(answer)
    .slice(0, MOST_MEMBERS)
    .map((name) => Reflect.getOwnPropertyDescriptor(answer, name)?.value as unknown);
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

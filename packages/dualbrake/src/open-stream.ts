/** Properties with the stream of a response: in `fetch` and undici, the AWS SDK, axios and others. */
const places = ['body', 'Body', 'data', 'stream'] as const;

/**
 * The stream that an answer is, or carries, while it can still be read: a `Response` whose body is open, a web stream, a
 * Node stream, an async iterable. Told by what it can do, because there are several implementations of each.
 *
 * @returns nothing for everything else; never throws
 */
export function openStreamOf(answer: unknown): object | undefined {
  try {
    // An error may stand for an answer that nobody has read yet.
    return streamIn(answer) ?? streamIn((answer as { response?: unknown } | null | undefined)?.response);
  } catch {
    // A getter that throws, or a proxy: nothing that anybody reads from.
    return undefined;
  }
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

/** The worst that an OpenAPI document allows somebody to send, and what it does not allow but everybody can try. */

/** One request. */
export interface WorstRequest {
  /** For messages: the route, and what is bad about it. */
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly body?: string;
  readonly contentType?: string;
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
  /** Where the paths begin, such as `/admin/api/v1`. */
  readonly base: string;
  readonly bodyBytesMax: number;
  /** An id that exists, for a parameter of a path. */
  readonly idOf: (path: string, parameter: string) => string;
}

/** For each operation of the document its worst queries and bodies. */
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

/** Nothing, the longest pages, what matches nothing, and as much as a request line holds. */
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

/** As deep, as wide and as long as the limit on bodies allows, with the members that are known and with others. */
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
    ['lists in lists', nested('[', ']')],
    ['objects in objects', nested('{"a":', '}')],
    ['some unknown members', unknown(1_900)],
    ['as many unknown members as there is room for', unknown(Math.floor(bytesMax / 12))],
    ['long words', filled('a'.repeat(share))],
    ['long e-mail addresses', filled(`${'a.'.repeat(share / 2 - 4)}@a`)],
    ['long numbers', filled('1'.repeat(share))],
    ['long blanks', filled(' '.repeat(share))],
    ['long accents', filled('é\u0301'.repeat(share / 5))],
    ['some values in each member', filled(Array.from({ length: Math.floor(1_900 / (members.length + 1)) }, () => 1))],
    ['as many values as there is room for', filled(Array.from({ length: share / 3 }, () => 1))],
    ['keys in each member', filled(Object.fromEntries(Array.from({ length: share / 14 }, (_, at) => [`k${at}`, {}])))],
  ];
}

function unknown(count: number): string {
  return JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 1])));
}

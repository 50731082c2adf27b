type SnakeCase<S extends string> = S extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${SnakeCase<Tail>}`
  : S;

/** An object with its member names in snake case, as the API has them. */
type SnakeCased<T> = { -readonly [K in keyof T & string as SnakeCase<K>]: T[K] };

/** Renames members for the API: `retryAfterMs` becomes `retry_after_ms`. Not recursive. */
export function snakeCased<T extends object>(value: T): SnakeCased<T> {
  const entries = Object.entries(value).map(([name, member]) => [
    name.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
    member,
  ]);
  return Object.fromEntries(entries) as SnakeCased<T>;
}

import type { LogLevel, LogLine } from '../../../src/contract.ts';

export const levels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** Empty values match everything. */
export interface LogFilter {
  readonly q: string;
  /** This level and above. */
  readonly level: LogLevel | '';
  readonly breaker: string;
  readonly correlationId: string;
}

export function filterOf(query: URLSearchParams): LogFilter {
  const level = query.get('level');
  return {
    q: query.get('q') ?? '',
    level: levels.find((each) => each === level) ?? '',
    breaker: query.get('breaker') ?? '',
    correlationId: query.get('cid') ?? '',
  };
}

/** The query parameters of the API. */
export function parametersOf({ q, level, breaker, correlationId }: LogFilter): URLSearchParams {
  const all = Object.entries({ q, level, breaker, correlation_id: correlationId });
  return new URLSearchParams(all.filter(([, value]) => value !== ''));
}

/** The same rule as the server's search, for lines from the stream. */
export function matches(line: LogLine, { q, level, breaker, correlationId }: LogFilter): boolean {
  if (level !== '' && levels.indexOf(line.level) < levels.indexOf(level)) return false;
  if (breaker !== '' && line.breaker !== breaker) return false;
  if (correlationId !== '' && line.correlation_id !== correlationId) return false;
  return [line.message, line.correlation_id, line.breaker, JSON.stringify(line.fields)].some((text) =>
    text?.toLowerCase().includes(q.toLowerCase()),
  );
}

/** `level warn and above, breaker school.database, “reset”`; empty without a filter. */
export function filterText({ q, level, breaker, correlationId }: LogFilter): string {
  return [
    level && `level ${level} and above`,
    breaker && `breaker ${breaker}`,
    correlationId && `correlation ID ${correlationId}`,
    q && `“${q}”`,
  ]
    .filter(Boolean)
    .join(', ');
}

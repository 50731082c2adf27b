import type { LogLevel, LogLine } from '../../../src/contract.ts';

export const levels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** What is looked for; empty parts ask for nothing. */
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

/** As the API takes it. */
export function parametersOf({ q, level, breaker, correlationId }: LogFilter): URLSearchParams {
  return new URLSearchParams({
    ...(q !== '' && { q }),
    ...(level !== '' && { level }),
    ...(breaker !== '' && { breaker }),
    ...(correlationId !== '' && { correlation_id: correlationId }),
  });
}

/** The same as the server's search, for lines that come by the stream. */
export function fits(line: LogLine, { q, level, breaker, correlationId }: LogFilter): boolean {
  if (level !== '' && levels.indexOf(line.level) < levels.indexOf(level)) return false;
  if (breaker !== '' && line.breaker !== breaker) return false;
  if (correlationId !== '' && line.correlation_id !== correlationId) return false;
  if (q === '') return true;
  const wanted = q.toLowerCase();
  return (
    line.message.toLowerCase().includes(wanted) ||
    [line.correlation_id, line.breaker].some((part) => part?.toLowerCase().includes(wanted)) ||
    JSON.stringify(line.fields).toLowerCase().includes(wanted)
  );
}

/** `level warn and above, breaker school.database, “reset”`; empty without a filter. */
export function describeFilter({ q, level, breaker, correlationId }: LogFilter): string {
  return [
    level && `level ${level} and above`,
    breaker && `breaker ${breaker}`,
    correlationId && `correlation ID ${correlationId}`,
    q && `“${q}”`,
  ]
    .filter(Boolean)
    .join(', ');
}

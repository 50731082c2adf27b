/**
 * The request header with the time left until the caller's deadline, in whole milliseconds. A duration and not a time of day, because
 * the clocks of two machines differ.
 *
 * @example
 * ```ts
 * const headers = { [deadlineHeader]: '1500' };
 * const response = await fetch('https://reports.example/lessons', { headers });
 * ```
 */
export const deadlineHeader = 'x-deadline-ms';

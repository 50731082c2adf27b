/** Codes of the errors whose message says what is wrong and what to do. Any other error is a bug. */
const expected = new Set([
  'BACKUP',
  'COMMAND',
  'DATA_FOLDER_IN_USE',
  'DATA_FOLDER_UNUSABLE',
  'DATABASE_START',
  'INVALID_CONFIG',
  'MIGRATION_REFUSED',
  'OWNER_NOT_FOUND',
  'SECRET_REFUSED',
  'START_FAILED',
]);

/**
 * What to print at the terminal when something was thrown: the message of an expected error, or the stack of any other.
 *
 * @param failure a sentence that goes before a stack
 */
export function terminalMessage(error: unknown, failure: string): string {
  if (!(error instanceof Error)) return `${failure}\n${String(error)}`;
  const isExpected = 'code' in error && expected.has(String(error.code));
  return isExpected ? error.message : `${failure}\n${error.stack ?? error.message}`;
}

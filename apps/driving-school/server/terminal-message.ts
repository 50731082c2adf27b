/** Codes of errors with a message for the user of the terminal. Any other error is a bug. */
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
 * The text to print for a thrown value: the message of an expected error, or the stack of any other.
 *
 * @param failure a sentence to print before a stack
 */
export function terminalMessage(error: unknown, failure: string): string {
  if (!(error instanceof Error)) return `${failure}\n${String(error)}`;
  const isExpected = 'code' in error && expected.has(String(error.code));
  return isExpected ? error.message : `${failure}\n${error.stack ?? error.message}`;
}

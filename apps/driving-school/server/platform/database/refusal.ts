/**
 * The database answers, but this program must not use it as it was started. A retry would fail in the same way; the
 * message is for the person who starts the program.
 */
export abstract class DatabaseRefusal extends Error {}

/**
 * The database answers, but must not be used by this program as it was started. Trying again would end the same way:
 * the message is for the person who starts it.
 */
export abstract class DatabaseRefusal extends Error {}

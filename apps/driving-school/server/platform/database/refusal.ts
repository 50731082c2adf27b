/**
 * The database works, but this program must not use it. Retrying does not help; the message is for the person who starts
 * the program.
 */
export abstract class DatabaseRefusal extends Error {}

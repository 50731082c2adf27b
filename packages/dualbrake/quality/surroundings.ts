/** The program that the examples in doc comments are taken from: a driving school's office. */

export interface Student {
  readonly id: string;
  readonly name: string;
}

/** A client of a database, as most of them are. */
export declare const database: {
  query(sql: string, values?: readonly unknown[], options?: { readonly signal?: AbortSignal }): Promise<Student[]>;
  getStudent(id: string, options?: { readonly signal?: AbortSignal }): Promise<Student>;
  isAlive(signal?: AbortSignal): Promise<boolean>;
  reconnect(): Promise<void>;
};

/** Answers of earlier. */
export declare const cache: { get(id: string): Student; set(id: string, student: Student): void };

export declare const mailServer: { send(mail: { readonly to: string; readonly text: string }): Promise<void> };

/** Rows of a large table, one after the other. */
export declare function readRows(signal?: AbortSignal): AsyncIterable<Student>;

/** What the program was asked, and by whom. */
export declare const request: { readonly id: string; readonly signal: AbortSignal };

export declare const log: { info(message: unknown): void; warn(message: unknown): void };

export declare const id: string;

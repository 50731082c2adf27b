/** Settings of the embedded database's process. */
export interface EmbeddedOptions {
  /** The PostgreSQL data directory; created when missing. */
  readonly directory: string;
  /** The Unix socket to listen on. */
  readonly socketPath: string;
  /** Whether a commit waits for the disk, so that it survives a power cut. A killed process loses nothing either way. */
  readonly durable: boolean;
}

/** A message from the embedded database to its supervisor. */
export type FromEmbedded =
  /** Progress of the start. */
  | { readonly type: 'progress'; readonly step: 'waiting' | 'creating' | 'opening' | 'without-checksums' }
  /** The data directory has been created; the process ends and must be started again. */
  | { readonly type: 'created' }
  /** The database accepts connections. */
  | { readonly type: 'ready' }
  /** The database is working but may not answer for this long, in milliseconds. */
  | { readonly type: 'busy'; readonly forMs: number }
  /** A requested copy is complete, or has failed: then `problem` is the reason. */
  | { readonly type: 'copied'; readonly to: string; readonly pauseMs: number; readonly problem?: string }
  /** Some pages do not match their checksums. */
  | { readonly type: 'damaged'; readonly description: string }
  /** The database cannot start; the process ends. */
  | { readonly type: 'failed'; readonly reason: string };

/** A message from the supervisor to the embedded database. */
export type ToEmbedded =
  | { readonly type: 'stop' }
  /** Copy the data directory to this path, consistently. */
  | { readonly type: 'copy'; readonly to: string };

/** Settings of the embedded database's process. */
export interface EmbeddedOptions {
  /** The PostgreSQL data directory; created when missing. */
  readonly directory: string;
  /** The Unix socket to listen on. */
  readonly socketPath: string;
  /** Whether a commit waits for the disk, so that it survives a power cut. A killed process loses nothing either way. */
  readonly durable: boolean;
}

/** From the embedded database to its supervisor. */
export type FromEmbedded =
  /** What the start is doing. */
  | { readonly type: 'progress'; readonly step: 'waiting' | 'creating' | 'opening' | 'without-checksums' }
  /** The data directory has been created; the process ends and must be started again. */
  | { readonly type: 'created' }
  /** It accepts connections. */
  | { readonly type: 'ready' }
  /** It works, but may not answer for this long, in milliseconds. */
  | { readonly type: 'busy'; readonly forMs: number }
  /** A requested copy is complete, or has failed for this reason. */
  | { readonly type: 'copied'; readonly to: string; readonly pauseMs: number; readonly problem?: string }
  /** Some of its pages do not match their checksums; `what` is a description. */
  | { readonly type: 'damaged'; readonly what: string }
  /** It cannot start, for this reason; the process ends. */
  | { readonly type: 'failed'; readonly reason: string };

/** From the supervisor to the embedded database. */
export type ToEmbedded =
  | { readonly type: 'stop' }
  /** Copy the data directory to this path, consistently. */
  | { readonly type: 'copy'; readonly to: string };

import { encodingOf, notText, notUnicode, type UnreadableFile } from '../../contract/student-file.ts';

/** Bytes decoded at once: less than a millisecond of work. */
const pieceBytes = 64 * 1024;

/**
 * Decodes a file piece by piece, so that only one piece is in memory. Removes the byte order mark.
 *
 * @throws FileUnreadableError when the file is not text in UTF-8 or UTF-16
 */
export function* textOf(file: Uint8Array): Generator<string, void> {
  const encoding = encodingOf(file);
  if (typeof encoding === 'object') throw new FileUnreadableError(encoding);
  const decoder = new TextDecoder(encoding, { fatal: true });
  for (let start = 0; start < file.length; start += pieceBytes) {
    const piece = decodePiece(() => decoder.decode(file.subarray(start, start + pieceBytes), { stream: true }));
    if (piece.includes('\u0000')) throw new FileUnreadableError(notText);
    yield piece;
  }
  yield decodePiece(() => decoder.decode());
}

/** The file cannot be imported. The message is for the user. */
export class FileUnreadableError extends Error {
  override readonly name = 'FileUnreadableError';
  readonly code: UnreadableFile['code'];

  constructor({ code, message }: UnreadableFile) {
    super(message);
    this.code = code;
  }
}

function decodePiece(decode: () => string): string {
  try {
    return decode();
  } catch (error) {
    if (error instanceof TypeError) throw new FileUnreadableError(notUnicode);
    throw error;
  }
}

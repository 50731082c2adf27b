import { encodingOf, notText, type UnreadableFile } from '../../contract/student-file.ts';

/** The text of a file and its encoding. */
export interface CsvText {
  readonly text: string;
  readonly encoding: 'UTF-8' | 'UTF-16' | 'Windows-1252';
}

/**
 * Reads the text of a file, or returns why it can't be read. Bytes that are not Unicode are read as Windows-1252, which
 * older spreadsheet programs write.
 */
export function readCsv(buffer: ArrayBuffer): CsvText | UnreadableFile {
  const encoding = encodingOf(new Uint8Array(buffer));
  if (typeof encoding === 'object') return encoding;
  const read = decoded(buffer, encoding);
  return read.text.includes('\u0000') ? notText : read;
}

function decoded(buffer: ArrayBuffer, encoding: string): CsvText {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(buffer);
    return { text, encoding: encoding === 'utf-8' ? 'UTF-8' : 'UTF-16' };
  } catch {
    return { text: new TextDecoder('windows-1252').decode(buffer), encoding: 'Windows-1252' };
  }
}

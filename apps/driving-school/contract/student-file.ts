/** The reason why a file can't be read as text, with a message for the user. */
export interface UnreadableFile {
  readonly code: 'file_is_workbook' | 'file_encoding';
  readonly message: string;
}

/** The encoding of a file, as a label of `TextDecoder`. */
export type FileEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

const workbook: UnreadableFile = {
  code: 'file_is_workbook',
  message:
    'This is an Excel workbook, not a CSV file. In Excel, choose File, Save As, “CSV UTF-8 (Comma delimited)”, and import that file.',
};

/** The problem of text that is neither UTF-8 nor UTF-16. */
export const notUnicode: UnreadableFile = {
  code: 'file_encoding',
  message: 'The file is not in UTF-8. In Excel, save it again as “CSV UTF-8 (Comma delimited)”.',
};

/** The problem of files with NUL characters, which text never has. */
export const notText: UnreadableFile = {
  code: 'file_encoding',
  message: 'This is not a text file. Choose a CSV file.',
};

/**
 * Detects the encoding of a file from its first bytes. UTF-16 begins with a byte order mark or, in "Unicode Text" files
 * of spreadsheets, has a zero in its first two bytes. Pure, so that the page can check a file before sending it.
 */
export function encodingOf(file: Uint8Array): FileEncoding | UnreadableFile {
  const [first, second, third, fourth] = file;
  // A zip archive, as .xlsx and .ods files are, or the older .xls format.
  if (first === 0x50 && second === 0x4b && (third ?? 0) <= 8 && (fourth ?? 0) <= 8) return workbook;
  if (first === 0xd0 && second === 0xcf && third === 0x11 && fourth === 0xe0) return workbook;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first !== undefined && first !== 0 && second === 0) return 'utf-16le';
  if (first === 0 && second !== undefined && second !== 0) return 'utf-16be';
  return 'utf-8';
}

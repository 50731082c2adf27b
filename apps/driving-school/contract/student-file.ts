/** Detects the kind of an import file by its first bytes. Pure, so that the page can check before it sends anything. */

/** Why a file cannot be read as text, with a sentence for the user. */
export interface UnreadableFile {
  readonly code: 'file_is_workbook' | 'file_encoding';
  readonly message: string;
}

/** The encoding of a file, as `TextDecoder` names it. */
export type FileEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

const workbook: UnreadableFile = {
  code: 'file_is_workbook',
  message:
    'This is an Excel workbook, not a CSV file. In Excel, choose File, Save As, “CSV UTF-8 (Comma delimited)”, and import that file.',
};

/** For text that is neither UTF-8 nor UTF-16. */
export const notUnicode: UnreadableFile = {
  code: 'file_encoding',
  message: 'The file is not in UTF-8. In Excel, save it again as “CSV UTF-8 (Comma delimited)”.',
};

/** For files with NUL characters, which no text has. */
export const notText: UnreadableFile = {
  code: 'file_encoding',
  message: 'This is not a text file. Choose a CSV file.',
};

/**
 * Detects the encoding of a file, or why it is not text. UTF-16 has a byte order mark, or a zero in its first two bytes,
 * as in "Unicode Text" files of spreadsheets.
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

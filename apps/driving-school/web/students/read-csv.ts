/** A file as text. `encoding` says how it was understood. */
export interface CsvText {
  readonly text: string;
  readonly encoding: 'UTF-8' | 'Windows-1252';
}

/** UTF-8 when the bytes are that; otherwise what older spreadsheet programs write, so that é does not become a question mark. */
export function readCsv(bytes: ArrayBuffer): CsvText {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'UTF-8' };
  } catch {
    return { text: new TextDecoder('windows-1252').decode(bytes), encoding: 'Windows-1252' };
  }
}

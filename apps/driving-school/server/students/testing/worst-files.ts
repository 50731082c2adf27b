/** A file for `POST /api/students/import`. */
export interface WorstFile {
  readonly name: string;
  readonly text: string;
  /** The query of the URL. */
  readonly query: string;
}

const bytesMax = 2_097_000;
const header = 'legal_family_name,legal_given_names,birth_date,licence_number\n';

/** Creates the files that take longest to refuse or to accept. */
export function worstFiles(): WorstFile[] {
  const students = `${header}${Array.from({ length: 5_000 }, (_, index) => student(index)).join('')}`;
  return [
    // The first request includes compiling the code.
    checked('the first file', `${header}Roy,Zoé,2008-03-09,\n`),
    checked('a row after 2 MB of line feeds', filled(header, '\n', 'x')),
    checked('a million rows', filled(header, 'x\n')),
    checked('95,000 blank rows', `${header}Roy,,2008-03-09,\n${`${','.repeat(20)}\n`.repeat(95_000)}`),
    checked('a row of 2 million columns', filled(header, ',', '\n')),
    checked('a header of 2 million columns', filled('', ',', '\n')),
    checked('a header of a million names', filled('', 'a,', '\n')),
    checked('rows of 400 columns', filled(header, `${'x,'.repeat(400)}\n`)),
    checked('a value of 2 MB', filled(`${header}"`, 'x', '",Given,2008-03-09,\n')),
    checked('a value of 2 MB of quotation marks', filled(`${header}"`, '""', '",Given,2008-03-09,\n')),
    checked('an unclosed quotation mark', filled(`${header}"`, 'Roy,Zoé\n')),
    checked('2 MB of accents', filled(header, 'é\u0301,')),
    checked('5,000 students, checked', students),
    { name: '5,000 students, added', text: students, query: '' },
    checked('5,000 students, checked again', students),
    { name: '5,000 students, skipped', text: students, query: '?skip_existing=true' },
  ];
}

function checked(name: string, text: string): WorstFile {
  return { name, text, query: '?dry_run=true' };
}

/** Creates a file of the maximum size. */
function filled(start: string, piece: string, end = ''): string {
  const room = bytesMax - Buffer.byteLength(start + end);
  return start + piece.repeat(Math.floor(room / Buffer.byteLength(piece))) + end;
}

function student(index: number): string {
  const letters = Array.from(String(index), (digit) => 'abcdefghij'[Number(digit)] ?? '').join('');
  return `Mass${letters},Given,2008-03-09,M0000-${String(index).padStart(4, '0')}0-80309\n`;
}

import { readFile } from 'node:fs/promises';
import { passwordProblem } from '../../../contract/session.ts';
import { packageFile } from '../package-folder.ts';

/** The owner of a password, and their school. */
export interface PasswordOwner {
  readonly name: string;
  readonly email: string;
  readonly schoolName: string;
}

const listFile = packageFile('server/platform/auth/common-passwords.txt');
/** Separates the list from its licence. */
const listStart = '\n----\n';

/** Sequences of the alphabet, the digits, and rows and columns of the keyboard. */
const runs = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789012345678901234567890',
  'qwertyuiopasdfghjklzxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  'qazwsxedcrfvtgbyhnujmikolp',
].flatMap((run) => [run, Array.from(run).toReversed().join('')]);

/** Shorter parts of a name occur in too many other words. */
const contextWordMin = 3;
/** With fewer letters besides names and digits, a password is easy to guess. */
const otherLettersMin = 4;

/** Refuses passwords that attackers try first. The list is read with the first check. */
export class WeakPasswords {
  #list: Promise<ReadonlySet<string>> | undefined;

  /**
   * Checks a new password: its length, the list of common passwords, and names of the user or the school.
   *
   * @returns the problem as a sentence, or `undefined`
   */
  async problem(password: string, owner: PasswordOwner): Promise<string | undefined> {
    const plain = passwordProblem(password, owner);
    if (plain !== undefined) return plain;
    const list = await this.#read();
    if (isCommon(password, list)) {
      return 'Attackers try common passwords like this one first, even with digits or symbols added. Use three or four unrelated words.';
    }
    if (isMadeOfContext(password, owner, list)) {
      return 'This is mostly your name, your e-mail address or the name of the school, which is easy to guess. Use three or four unrelated words.';
    }
    return undefined;
  }

  #read(): Promise<ReadonlySet<string>> {
    this.#list ??= readList().catch((error: unknown) => {
      this.#list = undefined;
      throw error;
    });
    return this.#list;
  }
}

async function readList(): Promise<ReadonlySet<string>> {
  const text = await readFile(listFile, 'utf8');
  return new Set(text.slice(text.indexOf(listStart) + listStart.length).split('\n'));
}

function isCommon(password: string, list: ReadonlySet<string>): boolean {
  const whole = fold(password);
  const core = withoutEnds(whole);
  const forms = [whole, squash(whole), squash(core), squash(unleet(core)), squash(unleet(whole))].map(unitOf);
  return forms.some((form) => list.has(form)) || runs.some((run) => run.includes(squash(whole)));
}

function isMadeOfContext(password: string, owner: PasswordOwner, list: ReadonlySet<string>): boolean {
  const whole = squash(fold(password));
  let rest = whole;
  for (const word of contextWords(owner)) rest = rest.replaceAll(word, '');
  if (rest === whole) return false;
  const letters = rest.replaceAll(/\P{L}/gu, '');
  return letters.length < otherLettersMin || list.has(letters);
}

/** Words that an attacker who knows the user would try, longest first. */
function contextWords({ name, email, schoolName }: PasswordOwner): string[] {
  const [mailbox = '', domain = ''] = fold(email).split('@');
  const words = [
    squash(fold(name)),
    squash(mailbox),
    squash(fold(schoolName)),
    'drivingschool',
    ...[fold(name), mailbox, domain.replace(/\.[^.]*$/, ''), fold(schoolName)].flatMap((text) =>
      text.split(/[^\p{L}\p{N}]+/u),
    ),
  ];
  return [...new Set(words)]
    .filter((word) => word.length >= contextWordMin)
    .toSorted((one, other) => other.length - one.length);
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

function squash(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]+/gu, '');
}

/** Removes digits and symbols before and after a word. */
function withoutEnds(text: string): string {
  return text.replaceAll(/^\P{L}+|\P{L}+$/gu, '');
}

const letterFor: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** Replaces digits and symbols by the letters that they resemble. */
function unleet(text: string): string {
  return text.replaceAll(/[013457@$!]/g, (sign) => letterFor[sign] ?? sign);
}

/** The shortest part that a text repeats: `abc` for `abcabcabc`. */
function unitOf(text: string): string {
  const at = `${text}${text}`.indexOf(text, 1);
  return at > 0 ? text.slice(0, at) : text;
}

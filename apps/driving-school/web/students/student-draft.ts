import { fieldNames, type StudentForm } from './student-form-fields.ts';

/** What was typed on a form and not saved when the page was reloaded. */
export interface StudentDraft {
  /** The person who typed it. Nobody else is shown it. */
  readonly personId: string;
  /** The form as it was opened. */
  readonly base: StudentForm;
  readonly form: StudentForm;
  readonly removeLicenceNumber: boolean;
  /** A licence number was typed. It is not kept, because browser storage is not encrypted. */
  readonly lostLicenceNumber: boolean;
}

/** Of which form: a student's ID, or `new`. */
export type DraftKey = string;

const prefix = 'student-draft:';

/** The part of `Storage` that drafts need. Session storage ends with the tab. */
export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** Keeps what is typed for a reload. A full storage loses the draft, not the form. */
export function keepDraft(storage: DraftStorage, key: DraftKey, draft: Omit<StudentDraft, 'lostLicenceNumber'>): void {
  const lostLicenceNumber = draft.form.licence_number.trim() !== '';
  const form = { ...draft.form, licence_number: '' };
  try {
    storage.setItem(prefix + key, JSON.stringify({ ...draft, form, lostLicenceNumber } satisfies StudentDraft));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/** The draft of this person for this form, if there is one. Whatever else is in its place is removed. */
export function draftOf(storage: DraftStorage, key: DraftKey, personId: string): StudentDraft | undefined {
  const text = storage.getItem(prefix + key);
  if (text === null) return undefined;
  const draft = parsed(text);
  if (draft?.personId === personId) return draft;
  storage.removeItem(prefix + key);
  return undefined;
}

/** The form was saved or given up. */
export function dropDraft(storage: DraftStorage, key: DraftKey): void {
  storage.removeItem(prefix + key);
}

/** Removes all drafts, or all but one person's. */
export function dropDrafts(storage: DraftStorage, { exceptOf }: { readonly exceptOf?: string } = {}): void {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '');
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue;
    if (exceptOf === undefined || parsed(storage.getItem(key) ?? '')?.personId !== exceptOf) storage.removeItem(key);
  }
}

/** Another release may have kept another shape: that counts as none. */
function parsed(text: string): StudentDraft | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { personId, base, form, removeLicenceNumber, lostLicenceNumber } = value;
  const whole =
    typeof personId === 'string' &&
    isForm(base) &&
    isForm(form) &&
    typeof removeLicenceNumber === 'boolean' &&
    typeof lostLicenceNumber === 'boolean';
  return whole ? { personId, base, form, removeLicenceNumber, lostLicenceNumber } : undefined;
}

function isForm(value: unknown): value is StudentForm {
  return isRecord(value) && fieldNames.every((name) => typeof value[name] === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

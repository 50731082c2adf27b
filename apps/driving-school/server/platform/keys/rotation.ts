import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AuditLog } from '../audit/audit.ts';
import type { ApplicationDatabase, DatabaseGuard } from '../database/database.ts';
import {
  checkValueOf,
  keyFileName,
  type LoadedSecrets,
  secretFits,
  type Secrets,
  secretsOf,
  wrongSecret,
} from '../secrets.ts';
import { writeCheckFile, type SecretSource } from './check-file.ts';
import { changeInstallation, installationCheck, installationGuard } from './installation.ts';
import { keyBytes, keyText, readKeyFile } from './key-file.ts';
import { createFile, moveFile, readIfThere, removeFile, replaceFile } from './private-file.ts';
import type { FolderKey, KeyTransaction, SealedData } from './sealed-data.ts';
import { seal, unseal } from './sealing.ts';
import { SecretError } from './secret-error.ts';

/** What a rotation works on. */
export interface RotationPlace {
  /** The data folder, locked for this process. */
  readonly directory: string;
  /** Makes the door to the database; it is not started yet. */
  readonly openDatabase: (guard: DatabaseGuard) => ApplicationDatabase;
  readonly sealedData: readonly SealedData[];
  readonly folderKeys: readonly FolderKey[];
}

/** The secret after the rotation: a new random key file, or a secret for `APP_SECRET`. */
export type NewSecret = { readonly source: 'secret.key' } | { readonly source: 'APP_SECRET'; readonly secret: string };

/** What a rotation has done. */
export interface RotationReport {
  /** Items that were sealed anew, by what they are. Empty when the database had the new secret already. */
  readonly resealed: Readonly<Record<string, number>>;
  /** Where the former key file lies now. It opens backups that were made before. */
  readonly formerKeyFile: string | undefined;
}

/** The steps of a rotation, in their order. After `database` there is no way back. */
export type RotationStep = 'new-key' | 'plan' | 'database' | 'folder-keys' | 'check' | 'former-key' | 'key';

const planFileName = 'key-rotation.json';
const nextKeyFileName = `${keyFileName}.next`;
const sealingPurpose = 'key-rotation.folder-keys';

/** What is left in the folder while a rotation is under way: enough to end it, and of no use without the new secret. */
const planSchema = z.object({
  version: z.literal(1),
  from: z.base64(),
  to: z.base64(),
  source: z.enum(['APP_SECRET', 'secret.key']),
  /** The former keys of the folder by purpose, sealed with the new secret. */
  folder_keys: z.record(z.string(), z.base64()),
});
type Plan = z.infer<typeof planSchema>;

/**
 * Replaces the secret: seals everything anew in one transaction of the database, then changes over the data folder. A
 * crash at any point leaves a folder that starts, with the former or the new secret; see `settleRotation`.
 *
 * @param from the present secret
 * @param onStep told after each step
 * @throws SecretError when `from` is not the secret of the database; DatabaseStartError and whatever the database says.
 *   Then nothing was changed
 */
export async function rotateKey(
  place: RotationPlace,
  from: LoadedSecrets,
  target: NewSecret,
  onStep: (step: RotationStep) => void = () => {},
): Promise<RotationReport> {
  const { directory, sealedData } = place;
  const nextFile = join(directory, nextKeyFileName);
  const newKey = target.source === 'APP_SECRET' ? Buffer.from(target.secret, 'utf8') : randomBytes(keyBytes);
  const to = secretsOf(newKey);
  if (secretFits(to, checkValueOf(from))) throw new SecretError('The new secret is the same as the present one.');

  if (target.source === 'secret.key') replaceFile(nextFile, keyText(newKey));
  onStep('new-key');
  writePlan(place, from, to, target.source);
  onStep('plan');
  let resealed: Record<string, number>;
  try {
    resealed = await inDatabase(place, from, to, sealedData);
  } catch (error) {
    // It may have been committed all the same, when the connection was lost at that moment: the next start finds out.
    if (error instanceof SecretError) dropPlan(directory);
    throw error;
  }
  onStep('database');
  return { resealed, formerKeyFile: changeFolder(place, to, target.source, onStep) };
}

/**
 * Ends a rotation that was interrupted: forward when the database has the new secret already, else back. Does nothing
 * when there was none. To be called before the secret is loaded.
 *
 * @param appSecret value of `APP_SECRET`
 * @returns what was done, as a sentence for the person who starts the program
 * @throws SecretError when the database can't be asked, or belongs to neither secret
 */
export async function settleRotation(place: RotationPlace, appSecret: string | undefined): Promise<string | undefined> {
  const { directory } = place;
  const plan = readPlan(directory);
  if (plan === undefined) {
    // Written before the plan: nothing has been done with it yet.
    removeFile(join(directory, nextKeyFileName));
    return undefined;
  }
  const check = await checkOfDatabase(place);
  if (check !== undefined && check.equals(Buffer.from(plan.from, 'base64'))) {
    dropPlan(directory);
    return 'A key rotation had been interrupted before it changed anything. The former key stays.';
  }
  if (check === undefined || !check.equals(Buffer.from(plan.to, 'base64'))) {
    throw new SecretError(
      'A key rotation was interrupted in this data folder, and the database belongs to neither of the two secrets. ' +
        'Nothing was changed. Use the database that belongs to this folder.',
    );
  }
  const to = newSecretOf(directory, plan, appSecret);
  changeFolder(place, to, plan.source, () => {});
  return 'A key rotation that had been interrupted is complete now. The new key holds.';
}

/** Whether a rotation was interrupted in this data folder and not settled yet. */
export function isRotationUnfinished(directory: string): boolean {
  return existsSync(join(directory, planFileName));
}

async function inDatabase(
  place: RotationPlace,
  from: LoadedSecrets,
  to: Secrets,
  sealedData: readonly SealedData[],
): Promise<Record<string, number>> {
  const usual = installationGuard({ secrets: from, directory: place.directory, sealedData });
  let isDone = false;
  // Another instance may have changed the shared database already: then only this folder is left to do.
  const database = place.openDatabase({
    async beforeMigrations(handle) {
      const check = await installationCheck(handle);
      isDone = check !== undefined && secretFits(to, check);
      if (!isDone) await usual.beforeMigrations(handle);
    },
    async afterMigrations(handle) {
      if (!isDone) await usual.afterMigrations(handle);
    },
  });
  try {
    await startOrSay(database);
    if (isDone) return {};
    return await database.kysely.transaction().execute((transaction) => resealAll(transaction, sealedData, from, to));
  } finally {
    await database.stop();
  }
}

async function resealAll(
  transaction: KeyTransaction,
  sealedData: readonly SealedData[],
  from: Secrets,
  to: Secrets,
): Promise<Record<string, number>> {
  const resealed: Record<string, number> = {};
  for (const sealed of sealedData) resealed[sealed.name] = await sealed.reseal(transaction, from, to);
  await changeInstallation(transaction, to);
  const detail = Object.fromEntries(
    Object.entries(resealed).map(([name, count]) => [name.replaceAll(/\W+/g, '_'), count]),
  );
  await AuditLog.recordForAllSchools(transaction, {
    actorId: undefined,
    action: 'keys.rotated',
    subjectKind: 'installation',
    subjectId: 'installation',
    detail,
  });
  return resealed;
}

/** Everything in the folder. Each step can be repeated. @returns where the former key file lies */
function changeFolder(
  { directory, folderKeys }: RotationPlace,
  to: Secrets,
  source: SecretSource,
  onStep: (step: RotationStep) => void,
): string | undefined {
  const plan = readPlan(directory);
  for (const { purpose, change } of folderKeys) {
    const sealed = plan?.folder_keys[purpose];
    const former = sealed && unseal(to.derive(sealingPurpose), Buffer.from(sealed, 'base64'), purpose);
    if (former) change(directory, former, to.derive(purpose));
  }
  onStep('folder-keys');
  const check = checkValueOf(to);
  writeCheckFile(directory, { check, source });
  onStep('check');

  const file = join(directory, keyFileName);
  const nextFile = join(directory, nextKeyFileName);
  const retired = `${file}.retired-${(plan?.from ?? '').replaceAll(/\W/g, '').slice(0, 8)}`;
  const isFormer = existsSync(file) && (source === 'APP_SECRET' || existsSync(nextFile));
  if (isFormer) moveFile(file, retired);
  onStep('former-key');
  if (existsSync(nextFile)) moveFile(nextFile, file);
  onStep('key');
  removeFile(join(directory, planFileName));
  return existsSync(retired) ? retired : undefined;
}

function newSecretOf(directory: string, plan: Plan, appSecret: string | undefined): Secrets {
  const file = [join(directory, nextKeyFileName), join(directory, keyFileName)].find((each) => existsSync(each));
  const fromFile = file === undefined ? undefined : readKeyFile(file);
  const secret = plan.source === 'APP_SECRET' ? appSecret && Buffer.from(appSecret, 'utf8') : fromFile;
  const to = secret ? secretsOf(secret) : undefined;
  if (to !== undefined && secretFits(to, Buffer.from(plan.to, 'base64'))) return to;
  throw new SecretError(
    plan.source === 'APP_SECRET'
      ? 'The key was rotated to a new APP_SECRET, but APP_SECRET has another value. Nothing was changed. Set APP_SECRET to the new secret.'
      : wrongSecret(`The data folder ${directory}, whose key was rotated,`, 'secret.key'),
  );
}

/** The check value of the database's secret, if it has one yet. @throws SecretError when it can't be reached */
export async function checkOfDatabase({
  openDatabase,
}: Pick<RotationPlace, 'openDatabase'>): Promise<Buffer | undefined> {
  let check: Buffer | undefined;
  const database = openDatabase({
    async beforeMigrations(handle) {
      check = await installationCheck(handle);
    },
    async afterMigrations() {},
  });
  try {
    await startOrSay(database);
  } finally {
    await database.stop();
  }
  return check;
}

async function startOrSay(database: ApplicationDatabase): Promise<void> {
  await database.start();
  if (database.ready()) return;
  throw new SecretError(
    "The database can't be reached, and a key rotation needs it. Nothing was changed. Start the database and try again.",
  );
}

function writePlan({ directory, folderKeys }: RotationPlace, from: Secrets, to: Secrets, source: SecretSource): void {
  const plan: Plan = {
    version: 1,
    from: checkValueOf(from).toString('base64'),
    to: checkValueOf(to).toString('base64'),
    source,
    folder_keys: Object.fromEntries(
      folderKeys.map(({ purpose }) => [
        purpose,
        seal(to.derive(sealingPurpose), from.derive(purpose), purpose).toString('base64'),
      ]),
    ),
  };
  if (!createFile(join(directory, planFileName), `${JSON.stringify(plan)}\n`)) {
    throw new SecretError('Another key rotation is under way in this data folder. Start the program once to end it.');
  }
}

function readPlan(directory: string): Plan | undefined {
  const file = join(directory, planFileName);
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  try {
    return planSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new SecretError(
      `The file ${file}, which a key rotation has left, is damaged. Restore the data folder from a backup.`,
      { cause: error },
    );
  }
}

function dropPlan(directory: string): void {
  // The plan first: a new key without a plan means nothing.
  removeFile(join(directory, planFileName));
  removeFile(join(directory, nextKeyFileName));
}

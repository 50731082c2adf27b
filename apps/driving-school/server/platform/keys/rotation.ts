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

/** The data of a rotation. */
export interface RotationTarget {
  /** The data folder, locked for this process. */
  readonly directory: string;
  /** Creates the database handle, which is not started yet. */
  readonly openDatabase: (guard: DatabaseGuard) => ApplicationDatabase;
  readonly sealedData: readonly SealedData[];
  readonly folderKeys: readonly FolderKey[];
}

/** The secret after the rotation: a new random key file, or a secret for `APP_SECRET`. */
export type NewSecret = { readonly source: 'secret.key' } | { readonly source: 'APP_SECRET'; readonly secret: string };

/** The result of a rotation. */
export interface RotationReport {
  /** Numbers of re-encrypted items by name. Empty when the database already had the new secret. */
  readonly resealed: Readonly<Record<string, number>>;
  /** The new path of the former key file, which decrypts earlier backups. */
  readonly formerKeyFile: string | undefined;
}

/** The steps of a rotation, in order. After `database` it can't be undone. */
export type RotationStep = 'new-key' | 'plan' | 'database' | 'folder-keys' | 'check' | 'former-key' | 'key';

const planFileName = 'key-rotation.json';
const nextKeyFileName = `${keyFileName}.next`;
const sealingPurpose = 'key-rotation.folder-keys';

/** The plan of a rotation in progress: enough to complete it with the new secret, and useless without. */
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
 * Replaces the secret: re-encrypts all data in one transaction of the database, then changes the data folder. After a crash
 * at any step, the program starts with the former or the new secret; see `settleRotation`.
 *
 * @param from the current secret
 * @param onStep called after each step
 * @throws SecretError when `from` is not the secret of the database; DatabaseStartError and other errors of the database.
 *   Nothing was changed then
 */
export async function rotateKey(
  target: RotationTarget,
  from: LoadedSecrets,
  newSecret: NewSecret,
  onStep: (step: RotationStep) => void = () => {},
): Promise<RotationReport> {
  const { directory, sealedData } = target;
  const nextFile = join(directory, nextKeyFileName);
  const newKey = newSecret.source === 'APP_SECRET' ? Buffer.from(newSecret.secret, 'utf8') : randomBytes(keyBytes);
  const to = secretsOf(newKey);
  if (secretFits(to, checkValueOf(from))) throw new SecretError('The new secret is the same as the current one.');

  if (newSecret.source === 'secret.key') replaceFile(nextFile, keyText(newKey));
  onStep('new-key');
  writePlan(target, from, to, newSecret.source);
  onStep('plan');
  let resealed: Record<string, number>;
  try {
    resealed = await inDatabase(target, from, to, sealedData);
  } catch (error) {
    // If the connection was lost during the commit, the outcome is unknown and the next start checks it.
    if (error instanceof SecretError) dropPlan(directory);
    throw error;
  }
  onStep('database');
  return { resealed, formerKeyFile: changeFolder(target, to, newSecret.source, onStep) };
}

/**
 * Completes an interrupted rotation when the database already has the new secret, else undoes it. Call it before the secret
 * is loaded.
 *
 * @param appSecret value of `APP_SECRET`
 * @returns a message about what was done, or `undefined` when no rotation was interrupted
 * @throws SecretError when the database is unavailable, or belongs to neither secret
 */
export async function settleRotation(
  target: RotationTarget,
  appSecret: string | undefined,
): Promise<string | undefined> {
  const { directory } = target;
  const plan = readPlan(directory);
  if (plan === undefined) {
    // The key is written before the plan, so it has not been used yet.
    removeFile(join(directory, nextKeyFileName));
    return undefined;
  }
  const check = await checkOfDatabase(target);
  if (check !== undefined && check.equals(Buffer.from(plan.from, 'base64'))) {
    dropPlan(directory);
    return 'A key rotation was interrupted before it changed anything. The former key is still in use.';
  }
  if (check === undefined || !check.equals(Buffer.from(plan.to, 'base64'))) {
    throw new SecretError(
      'A key rotation was interrupted in this data folder, and the database belongs to neither of the two secrets. ' +
        'Nothing was changed. Use the database that belongs to this folder.',
    );
  }
  const to = newSecretOf(directory, plan, appSecret);
  changeFolder(target, to, plan.source, () => {});
  return 'An interrupted key rotation was completed. The new key is in use.';
}

/** Whether a rotation of this data folder was interrupted and not settled yet. */
export function isRotationUnfinished(directory: string): boolean {
  return existsSync(join(directory, planFileName));
}

async function inDatabase(
  target: RotationTarget,
  from: LoadedSecrets,
  to: Secrets,
  sealedData: readonly SealedData[],
): Promise<Record<string, number>> {
  const usual = installationGuard({ secrets: from, directory: target.directory, sealedData });
  let isDone = false;
  // Another instance may have already re-encrypted the shared database; then only this folder is left.
  const database = target.openDatabase({
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
    await startOrThrow(database);
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

/** Changes the data folder. Each step can be repeated. @returns the path of the former key file */
function changeFolder(
  { directory, folderKeys }: RotationTarget,
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

/** The check value of the database's secret, if it has one. @throws SecretError when it is unavailable */
export async function checkOfDatabase({
  openDatabase,
}: Pick<RotationTarget, 'openDatabase'>): Promise<Buffer | undefined> {
  let check: Buffer | undefined;
  const database = openDatabase({
    async beforeMigrations(handle) {
      check = await installationCheck(handle);
    },
    async afterMigrations() {},
  });
  try {
    await startOrThrow(database);
  } finally {
    await database.stop();
  }
  return check;
}

async function startOrThrow(database: ApplicationDatabase): Promise<void> {
  await database.start();
  if (database.ready()) return;
  throw new SecretError(
    "The database can't be reached, and a key rotation needs it. Nothing was changed. Start the database and try again.",
  );
}

function writePlan({ directory, folderKeys }: RotationTarget, from: Secrets, to: Secrets, source: SecretSource): void {
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
    throw new SecretError(
      'Another key rotation of this data folder is in progress or was interrupted. Start the program once to complete it.',
    );
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
      `The file ${file} of an interrupted key rotation is damaged. Restore the data folder from a backup.`,
      { cause: error },
    );
  }
}

function dropPlan(directory: string): void {
  // The plan first, because a new key without a plan is ignored.
  removeFile(join(directory, planFileName));
  removeFile(join(directory, nextKeyFileName));
}

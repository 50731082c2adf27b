import assert from 'node:assert/strict';
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { DataFolderInUseError, DataFolderUnusableError, openDataFolder } from './data-folder.ts';

let parent: string;
let directory: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'data-folder-'));
  directory = join(parent, 'data');
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

test('a missing folder is created, for this user only', () => {
  const folder = openDataFolder(directory);
  assert.equal(folder.directory, directory);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.deepEqual(folder.warnings, []);
  folder.close();
});

test('an existing folder keeps its mode; a warning says that other users have access, and how to make it private', () => {
  mkdirSync(directory);
  chmodSync(directory, 0o755);
  const folder = openDataFolder(directory);
  assert.equal(statSync(directory).mode & 0o777, 0o755);
  assert.deepEqual(folder.warnings, [
    `The data folder ${directory}, which holds personal data and keys, is accessible to other users of this machine ` +
      `(mode 755). To make it private: chmod 700 ${directory}`,
  ]);
  folder.close();
});

test('files in the folder are private, even those that an earlier program left readable', () => {
  mkdirSync(directory);
  writeFileSync(join(directory, 'console.sqlite'), '', { mode: 0o644 });
  const folder = openDataFolder(directory);
  folder.local.exec('CREATE TABLE copies (id TEXT)');
  for (const name of readdirSync(directory)) {
    assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600, name);
  }
  folder.close();
});

test(
  'files that the disk refuses to change: an error while running, an explanation at the next start',
  {
    skip: immutableFilesProblem(),
  },
  async () => {
    const holder = join(parent, 'holder.mjs');
    writeFileSync(
      holder,
      `import { openDataFolder } from ${JSON.stringify(new URL('./data-folder.ts', import.meta.url).href)};
     const { local } = openDataFolder(${JSON.stringify(directory)});
     local.exec('CREATE TABLE copies (bytes BLOB)');
     process.once('message', () => {
       try {
         for (let count = 0; count < 2_000; count += 1) local.exec('INSERT INTO copies VALUES (zeroblob(8000))');
         process.send('written');
       } catch (error) {
         process.send(error.message);
       }
     });
     process.send('open');`,
    );
    const process = fork(holder, { execArgv: [] });
    await once(process, 'message');
    const files = readdirSync(directory)
      .filter((name) => name.startsWith('local.sqlite'))
      .map((name) => join(directory, name));
    // Dirty pages of a mapped file would hide the fault until they are written.
    execFileSync('sync');
    execFileSync('chattr', ['+i', ...files]);
    try {
      process.send('write');
      const ended = once(process, 'exit').then(([code, signal]) => `ended: ${code} ${signal}`);
      const answer = await Promise.race([once(process, 'message').then(([text]) => String(text)), ended]);
      assert.match(answer, /disk I\/O error|readonly|not permitted/);
      process.disconnect();
      process.kill('SIGKILL');
      await ended;

      assert.throws(
        () => openDataFolder(directory),
        (error) => {
          assert.ok(error instanceof DataFolderUnusableError);
          assert.match(
            error.message,
            /^The (local store|data folder) .* cannot be written.* Or set DATA_DIR to another folder\.$/,
          );
          return true;
        },
      );
    } finally {
      execFileSync('chattr', ['-i', ...files]);
    }
  },
);

test('the local store keeps what was written until the next start', () => {
  const first = openDataFolder(directory);
  first.local.exec("CREATE TABLE copies (id TEXT); INSERT INTO copies VALUES ('one')");
  assert.deepEqual({ ...first.local.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'wal' });
  first.close();

  const second = openDataFolder(directory);
  assert.deepEqual({ ...second.local.prepare('SELECT id FROM copies').get() }, { id: 'one' });
  second.close();
});

test('opening the folder a second time is refused with a sentence about what to do', () => {
  const folder = openDataFolder(directory);
  assert.throws(
    () => openDataFolder(directory),
    (error) => {
      assert.ok(error instanceof DataFolderInUseError);
      assert.equal(error.code, 'DATA_FOLDER_IN_USE');
      assert.equal(
        error.message,
        `The data folder ${directory} is in use by another running copy of this program: stop that one first, or set DATA_DIR to another folder.`,
      );
      return true;
    },
  );
  folder.close();
  openDataFolder(directory).close();
});

test('another process can open the folder only after the holder has been killed', async () => {
  const module = new URL('./data-folder.ts', import.meta.url).href;
  const holder = join(parent, 'holder.mjs');
  writeFileSync(
    holder,
    `import { openDataFolder } from ${JSON.stringify(module)};
     openDataFolder(${JSON.stringify(directory)});
     process.send('open');
     setInterval(() => {}, 1000);`,
  );
  const process = fork(holder, { execArgv: [] });
  await once(process, 'message');
  assert.throws(() => openDataFolder(directory), DataFolderInUseError);

  process.kill('SIGKILL');
  await once(process, 'exit');

  openDataFolder(directory).close();
});

test('a damaged local store is renamed and replaced, with a warning', () => {
  openDataFolder(directory).close();
  writeFileSync(join(directory, 'local.sqlite'), 'not a database, but long enough to be read as one'.repeat(100));

  const folder = openDataFolder(directory);

  assert.equal(folder.warnings.length, 1);
  assert.match(folder.warnings[0] ?? '', /^The local store .*local\.sqlite was damaged and has been renamed to /);
  assert.equal(readdirSync(directory).filter((name) => name.startsWith('local.sqlite.damaged-')).length, 1);
  folder.local.exec('CREATE TABLE copies (id TEXT)');
  folder.close();
});

test('damage in the middle of the local store is detected', () => {
  const first = openDataFolder(directory);
  first.local.exec('CREATE TABLE copies (id INTEGER PRIMARY KEY, text TEXT)');
  const insert = first.local.prepare('INSERT INTO copies (text) VALUES (?)');
  for (let count = 0; count < 500; count += 1) insert.run('x'.repeat(200));
  first.close();
  const path = join(directory, 'local.sqlite');
  const size = statSync(path).size;
  overwrite(path, 4096, size - 4096);

  const folder = openDataFolder(directory);

  assert.equal(folder.warnings.length, 1);
  folder.close();
});

test('a file with the name of the folder is explained', () => {
  writeFileSync(directory, '');
  assert.throws(
    () => openDataFolder(directory),
    (error) => {
      assert.ok(error instanceof DataFolderUnusableError);
      assert.equal(
        error.message,
        `The data folder ${directory} cannot be created because a file has the same name: remove or rename that file. Or set DATA_DIR to another folder.`,
      );
      return true;
    },
  );
});

function overwrite(path: string, from: number, length: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0x5a, from, from + length);
  writeFileSync(path, bytes);
}

/** Only root can set the attribute, and not every file system has it. */
function immutableFilesProblem(): string | false {
  const probe = mkdtempSync(join(tmpdir(), 'immutable-'));
  try {
    const file = join(probe, 'file');
    writeFileSync(file, '');
    execFileSync('chattr', ['+i', file], { stdio: 'ignore' });
    execFileSync('chattr', ['-i', file], { stdio: 'ignore' });
    return false;
  } catch {
    return 'files cannot be made immutable here: this needs root, chattr and a file system that supports it';
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

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

test('a missing folder is created for the current system user only', () => {
  const folder = openDataFolder(directory);
  assert.equal(folder.directory, directory);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.deepEqual(folder.warnings, []);
  folder.close();
});

test('an existing folder keeps its mode; a warning says that others can read it, and how to restrict it', () => {
  mkdirSync(directory);
  chmodSync(directory, 0o755);
  const folder = openDataFolder(directory);
  assert.equal(statSync(directory).mode & 0o777, 0o755);
  assert.deepEqual(folder.warnings, [
    `The data folder ${directory} is readable for other users of this server (mode 755). ` +
      `It contains personal data and keys. To restrict it: chmod 700 ${directory}`,
  ]);
  folder.close();
});

test('no file in the folder can be read by others, even if an earlier version left it readable', () => {
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
  'files that the disk refuses to change cause an error while open, and a message at the next start',
  {
    skip: whyNoImmutableFiles(),
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
            /^The (local store|data folder) .* can't be written.* Or set DATA_DIR to another folder\.$/,
          );
          return true;
        },
      );
    } finally {
      execFileSync('chattr', ['-i', ...files]);
    }
  },
);

test('the local store keeps its data until the next start', () => {
  const first = openDataFolder(directory);
  first.local.exec("CREATE TABLE copies (id TEXT); INSERT INTO copies VALUES ('one')");
  assert.deepEqual({ ...first.local.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'wal' });
  first.close();

  const second = openDataFolder(directory);
  assert.deepEqual({ ...second.local.prepare('SELECT id FROM copies').get() }, { id: 'one' });
  second.close();
});

test('opening a folder twice is refused, with the folder and the next step', () => {
  const folder = openDataFolder(directory);
  assert.throws(
    () => openDataFolder(directory),
    (error) => {
      assert.ok(error instanceof DataFolderInUseError);
      assert.equal(error.code, 'DATA_FOLDER_IN_USE');
      assert.equal(
        error.message,
        `The data folder ${directory} is in use by another running copy of this program. Stop that one first, or set DATA_DIR to another folder.`,
      );
      return true;
    },
  );
  folder.close();
  openDataFolder(directory).close();
});

test('another process can open the folder only after the first was killed', async () => {
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
  writeFileSync(join(directory, 'local.sqlite'), 'this is not a database, and long enough to be read'.repeat(100));

  const folder = openDataFolder(directory);

  assert.equal(folder.warnings.length, 1);
  assert.match(folder.warnings[0] ?? '', /^The local store .*local\.sqlite was damaged and has been renamed to /);
  assert.equal(readdirSync(directory).filter((name) => name.startsWith('local.sqlite.damaged-')).length, 1);
  folder.local.exec('CREATE TABLE copies (id TEXT)');
  folder.close();
});

test('damage in the middle of the local store is detected too', () => {
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

test('a file with the name of the folder is reported', () => {
  writeFileSync(directory, '');
  assert.throws(
    () => openDataFolder(directory),
    (error) => {
      assert.ok(error instanceof DataFolderUnusableError);
      assert.equal(
        error.message,
        `The data folder ${directory} can't be created because there is a file with this name. Delete or rename the file. Or set DATA_DIR to another folder.`,
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

/** Requires root, and a file system with the attribute. */
function whyNoImmutableFiles(): string | false {
  const probe = mkdtempSync(join(tmpdir(), 'immutable-'));
  try {
    const file = join(probe, 'file');
    writeFileSync(file, '');
    execFileSync('chattr', ['+i', file], { stdio: 'ignore' });
    execFileSync('chattr', ['-i', file], { stdio: 'ignore' });
    return false;
  } catch {
    return 'making files immutable requires root, chattr and a file system that supports it';
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const folderPrefix = 'power-cut-';
/** Room for the database, its log and the copies; the image is sparse. */
const sizeMegabytes = 512;
/** How long a disk may stay busy after its last process has been killed, in milliseconds. */
const busyLimitMs = 30_000;

/**
 * Whether this machine can mount images of disks.
 * Continuous integration must be able to: there it is a failure, not a reason to skip.
 *
 * @returns false to run, or the reason for skipping, as `node:test` wants it
 */
export function skipWithoutDisks(): string | false {
  const reason = whyNoDisks();
  if (reason === undefined) return false;
  if (process.env['CI'] !== undefined) throw new Error(reason);
  return reason;
}

function whyNoDisks(): string | undefined {
  const needs = 'A power cut is simulated with loop-mounted disk images';
  if (process.platform !== 'linux') return `${needs}: that needs Linux.`;
  if (process.getuid?.() !== 0) return `${needs}: run as root.`;
  try {
    execFileSync('mkfs.ext4', ['-V'], { stdio: 'ignore' });
    execFileSync('losetup', ['--find'], { stdio: 'ignore' });
  } catch (error) {
    return `${needs}: mkfs.ext4 and a free loop device are needed (${error instanceof Error ? error.message : String(error)}).`;
  }
  return undefined;
}

/**
 * A file system of its own, in an image that can be copied at any moment: the copy holds what had reached the disk by
 * then, and nothing of what was still in memory, as after a power cut.
 */
export class CuttableDisk {
  readonly mountPoint: string;
  readonly #image: string;

  private constructor(image: string, mountPoint: string) {
    this.#image = image;
    this.mountPoint = mountPoint;
    mkdirSync(mountPoint);
    // The kernel writes back automatically every 5 s; after a minute, so that data that was not flushed is missing.
    execFileSync('mount', ['-o', 'loop,commit=60', image, mountPoint]);
  }

  /** An empty disk. @param folder from `makeDiskFolder` */
  static make(folder: string, name: string): CuttableDisk {
    const image = join(folder, `${name}.img`);
    execFileSync('truncate', ['-s', `${sizeMegabytes}M`, image]);
    execFileSync('mkfs.ext4', ['-q', '-F', image]);
    return new CuttableDisk(image, join(folder, name));
  }

  /** Copies the image as it is at this moment. Nothing may run on this disk: stop the processes first. */
  cut(): () => CuttableDisk {
    const image = this.#image.replace(/\.img$/, '-after.img');
    execFileSync('cp', ['--sparse=always', this.#image, image]);
    return () => new CuttableDisk(image, image.replace(/\.img$/, ''));
  }

  /** Unmounts it and deletes the image. */
  async remove(): Promise<void> {
    await unmount(this.mountPoint);
    rmSync(this.#image, { force: true });
  }
}

/** Creates a folder for disks with the process ID in its name, by which leftovers of an aborted run are recognized. */
export function makeDiskFolder(): string {
  return mkdtempSync(join(tmpdir(), `${folderPrefix}${process.pid}-`));
}

/** Ends the processes on the folder's disks, unmounts these and removes the folder. */
export async function removeDiskFolder(folder: string): Promise<void> {
  for (const pid of processesWith(folder)) kill(pid);
  for (const mountPoint of mountsBelow(folder)) await unmount(mountPoint);
  rmSync(folder, { recursive: true, force: true });
}

/** Removes what runs that were aborted have left behind: processes, mounts, loop devices, images. */
export async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = new RegExp(`^${folderPrefix}(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await removeDiskFolder(join(tmpdir(), name));
  }
}

/** A process and all of its descendants. */
export function processTree(root: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const pid of processIds()) {
    // The name of the program is in brackets and may hold anything.
    const [, parent] = /\) \S (\d+)/.exec(readOrEmpty(`/proc/${pid}/stat`)) ?? [];
    if (parent !== undefined) childrenOf.set(Number(parent), [...(childrenOf.get(Number(parent)) ?? []), pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(childrenOf.get(pid) ?? []));
  return tree;
}

/** Processes that were started with the folder in their command line or environment. */
function processesWith(folder: string): number[] {
  return processIds().filter(
    (pid) =>
      pid !== process.pid &&
      ['cmdline', 'environ'].some((part) => readOrEmpty(`/proc/${pid}/${part}`).includes(`${folder}/`)),
  );
}

function processIds(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process has ended meanwhile, or is not ours to read.
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

function mountsBelow(folder: string): string[] {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((mountPoint) => mountPoint.startsWith(`${folder}/`));
}

/** The loop device goes with the mount. A killed process may hold it for a moment longer. */
async function unmount(mountPoint: string): Promise<void> {
  for (const endsAt = performance.now() + busyLimitMs; ; await sleep(50)) {
    try {
      execFileSync('umount', [mountPoint], { stdio: 'ignore' });
      return;
    } catch (error) {
      if (!mountsBelow(join(mountPoint, '..')).includes(mountPoint)) return;
      if (performance.now() > endsAt) throw error;
    }
  }
}

/**
 * A checkpoint on disk: all that a task can be restored from, but its root file system.
 *
 *     PATH/task.json   what the task was created with, and which request made the checkpoint: ours
 *     PATH/images/     what the backend makes, whole or not at all: where it is, the checkpoint is complete
 *
 * Both may hold secrets, so they are their owner's alone.
 */
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import {
  AlreadyExistsError,
  errorMessageOf,
  FailedPreconditionError,
  InvalidArgumentError,
  isShiplogError,
  NotFoundError,
  UnavailableError,
} from '../kernel/errors.js';
import { syncNames } from '../kernel/storage.js';
import type { TypedAny } from '../kernel/typed-any.js';
import type { MountRecord, Stdio } from '../task/events.js';
import type { CreateOpts } from './platform-runtime.js';

/** A task as it was checkpointed. */
export interface CheckpointedTask {
  readonly requestId: string;
  readonly namespace: string;
  readonly task: string;
  readonly runtime: string;
  readonly spec: TypedAny;
  /** JSON pointers of what is secret in it; absent in a checkpoint of an older version. */
  readonly secrets?: readonly string[];
  readonly rootfs: readonly MountRecord[];
  readonly io: Stdio;
  readonly runtimeOptions: TypedAny | null;
}

const manifestVersion = 1;
const [manifestName, imagesName] = ['task.json', 'images'];

/** @throws InvalidArgumentError: whoever settles the request may have another working folder */
export function assertCheckpointPath(path: string): void {
  if (isAbsolute(path) && !path.includes('\0')) return;
  throw new InvalidArgumentError(`the checkpoint ${JSON.stringify(path)} is not valid: give an absolute path`);
}

/** Where the backend puts its part. */
export function imagesFolder(path: string): string {
  return join(path, imagesName);
}

/** What a backend restores from: its part of a checkpoint of ours, or else a folder of images that others made. */
export function imagesToRestore(path: string): string {
  return existsSync(join(path, manifestName)) ? imagesFolder(path) : path;
}

/**
 * Begins a checkpoint: from now on, the folder is that request's.
 *
 * @throws AlreadyExistsError if something is there
 * @throws FailedPreconditionError if it cannot be written
 */
export async function beginCheckpoint(path: string, task: CheckpointedTask): Promise<void> {
  const details = { path };
  try {
    const made = await mkdir(dirname(path), { recursive: true });
    if (await isTaken(path)) {
      throw new AlreadyExistsError(`${path} is there already: name another folder, or remove it first`, { details });
    }
    await mkdir(path, { recursive: true, mode: 0o700 });
    await writeWhole(join(path, manifestName), encode(task));
    // The backend syncs what is in it.
    syncNames(dirname(path), dirname(made ?? path));
  } catch (cause) {
    if (isShiplogError(cause)) throw cause;
    throw new FailedPreconditionError(`the checkpoint cannot be written: ${errorMessageOf(cause)}`, { cause, details });
  }
}

/** An empty folder is as good as none. */
async function isTaken(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

/** Whether that request's checkpoint is there, whole. */
export async function hasCheckpoint(path: string, requestId: string): Promise<boolean> {
  return (await isOf(path, requestId)) && existsSync(imagesFolder(path));
}

/** Takes away what an attempt has left; never what is whole, or another's. */
export async function discardCheckpoint(path: string, requestId: string): Promise<void> {
  if ((await isOf(path, requestId)) && !existsSync(imagesFolder(path)))
    await rm(path, { recursive: true, force: true });
}

async function isOf(path: string, requestId: string): Promise<boolean> {
  try {
    return (await readCheckpoint(path)).requestId === requestId;
  } catch {
    return false;
  }
}

/**
 * @throws NotFoundError if there is no checkpoint that says what its task was created with
 * @throws UnavailableError if it cannot be read
 */
export async function readCheckpoint(path: string): Promise<CheckpointedTask> {
  const file = join(path, manifestName);
  const details = { path };
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const message = `${path} is no checkpoint of Shiplog's: there is no ${manifestName} in it; name another folder, or give a bundle for images that another program made`;
      throw new NotFoundError(message, { cause, details });
    }
    throw new UnavailableError(`${file} cannot be read: ${errorMessageOf(cause)}`, { cause, details });
  }
  try {
    return decode(text);
  } catch (cause) {
    throw new UnavailableError(`${file} is damaged: ${errorMessageOf(cause)}`, { cause, details });
  }
}

/** What a task is created with to go on where another was checkpointed. */
export function restoreOpts(path: string, task: CheckpointedTask): CreateOpts {
  const { spec, secrets = [], rootfs, io, runtime, runtimeOptions } = task;
  return { spec, secrets, rootfs, io, runtime, checkpoint: path, ...(runtimeOptions && { runtimeOptions }) };
}

interface StoredAny {
  readonly typeUrl: string;
  /** JSON, as it was given. */
  readonly value: string;
}

function encode(task: CheckpointedTask): string {
  const { spec, runtimeOptions, ...rest } = task;
  const options = runtimeOptions && storedAny(runtimeOptions);
  return `${JSON.stringify({ version: manifestVersion, ...rest, runtimeOptions: options, spec: storedAny(spec) })}\n`;
}

function storedAny({ typeUrl, value }: TypedAny): StoredAny {
  return { typeUrl, value: Buffer.from(value).toString('utf8') };
}

type Stored = Omit<CheckpointedTask, 'spec' | 'runtimeOptions'> & {
  readonly version: number;
  readonly spec: StoredAny;
  readonly runtimeOptions: StoredAny | null;
};

function decode(text: string): CheckpointedTask {
  const { version, ...stored } = JSON.parse(text) as Stored;
  if (version !== manifestVersion) throw new TypeError(`its version is ${version}, and ${manifestVersion} is known`);
  return {
    ...stored,
    spec: givenAny(stored.spec),
    runtimeOptions: stored.runtimeOptions && givenAny(stored.runtimeOptions),
  };
}

function givenAny({ typeUrl, value }: StoredAny): TypedAny {
  return { typeUrl, value: Buffer.from(value) };
}

async function writeWhole(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(text);
  await file.sync();
}

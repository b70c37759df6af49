/** A file that a command writes: its owner's alone, whole or not there, and never in the place of somebody else's. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AlreadyExistsError, storageProblem, UnavailableError } from '@shiplog/core';

export interface OutputFileOptions {
  /** Take the place of whatever is there. */
  readonly force?: boolean;
  /** What a file begins with that may be replaced without `force`: one that the same command has made. */
  readonly mark?: string;
}

/**
 * @throws AlreadyExistsError if there is something else of that name
 * @throws UnavailableError if it cannot be written; what was there is still there
 */
export async function writeOutputFile(
  file: string,
  chunks: Iterable<string | Uint8Array>,
  { force = false, mark }: OutputFileOptions = {},
): Promise<void> {
  const path = resolve(file);
  const replace = force || (mark !== undefined && (await beginsWith(path, mark)));
  const draft = join(dirname(path), `.${randomUUID()}.draft`);
  try {
    if (!replace && (await exists(path))) throw taken(file);
    if (replace && (await stat(path).catch(() => undefined))?.isDirectory()) throw taken(file);
    await writeWhole(draft, chunks);
    if (replace) await rename(draft, path);
    else await link(draft, path);
    await syncFolder(dirname(path));
  } catch (error) {
    if (error instanceof AlreadyExistsError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw taken(file);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UnavailableError(`cannot write ${file}: there is no folder ${dirname(path)}`, { cause: error });
    }
    // What the chunks are made of may fail, too; that speaks for itself.
    if (!(error as NodeJS.ErrnoException).syscall) throw error;
    throw new UnavailableError(`cannot write ${file}: ${storageProblem(error, 'file')}`, { cause: error });
  } finally {
    await rm(draft, { force: true });
  }
}

function taken(file: string): AlreadyExistsError {
  return new AlreadyExistsError(`${file} is there already, and is not replaced: give another name, or --force`);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function beginsWith(path: string, mark: string): Promise<boolean> {
  let file: FileHandle | undefined;
  try {
    // A fifo of that name would wait for its writer.
    if (!(await stat(path)).isFile()) return false;
    file = await open(path, 'r');
    const expected = Buffer.from(mark);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(expected.length), 0, expected.length, 0);
    return bytesRead === expected.length && buffer.equals(expected);
  } catch {
    return false;
  } finally {
    await file?.close();
  }
}

/** So much is written at once. */
const chunkLength = 64 * 1024;

/** Lines with their breaks, many in a chunk. */
export function* linesEnded(lines: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < chunkLength) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

async function writeWhole(path: string, chunks: Iterable<string | Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for (const chunk of chunks) await file.appendFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

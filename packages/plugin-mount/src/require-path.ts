import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { type Mount, NotFoundError } from '@shiplog/core';
import { wrongMount } from './options.js';

/**
 * @param what the path is, in words: `source`, `upperdir`
 * @throws InvalidArgumentError unless the path is absolute
 * @throws NotFoundError if there is nothing
 */
export async function requirePath(mount: Mount, what: string, path: string): Promise<Stats> {
  if (!isAbsolute(path)) throw wrongMount(mount, `${what} ${JSON.stringify(path)} is not an absolute path`);
  try {
    return await stat(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw cause;
    throw new NotFoundError(`cannot mount ${mount.type}: ${what} ${path} does not exist`, {
      cause,
      details: { type: mount.type, path },
    });
  }
}

/** @throws InvalidArgumentError unless the path is absolute and leads to a folder */
export async function requireFolder(mount: Mount, what: string, path: string): Promise<Stats> {
  const stats = await requirePath(mount, what, path);
  if (!stats.isDirectory()) throw wrongMount(mount, `${what} ${path} is not a folder`);
  return stats;
}

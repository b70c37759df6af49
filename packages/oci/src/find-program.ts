import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

// Where Debian puts runc; the PATH of users who are not root often misses it.
const adminFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The absolute path of a program that may be run, by its name on PATH or its absolute path; undefined if there is none. */
export function findProgram(name: string, path = process.env.PATH ?? ''): string | undefined {
  if (name.includes('/')) return isAbsolute(name) && isProgram(name) ? name : undefined;
  const folders = [...path.split(delimiter), ...adminFolders].filter(isAbsolute);
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

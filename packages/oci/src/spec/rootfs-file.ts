/** Reads a file of a root file system that nobody vouches for: no link in it leads out of it. */
import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FailedPreconditionError, InvalidArgumentError, NotFoundError } from '@shiplog/core';
import { systemCodeOf } from '../small-file.js';

const maxLinks = 40;
const maxBytes = 4 * 2 ** 20;

/**
 * @param path absolute, as a process inside sees it
 * @returns undefined if it is not there
 * @throws NotFoundError if the root is no folder
 * @throws InvalidArgumentError if it is no plain file of at most 4 MiB, or its links go in circles
 */
export function readRootfsFile(rootfs: string, path: string): string | undefined {
  const resolved = resolveInRootfs(rootfs, path);
  if (resolved === undefined) return undefined;
  const fd = open(resolved);
  if (fd === undefined) return undefined;
  try {
    // A container may run on this root and swap a folder for a link at any time: what counts is what was opened.
    if (readlinkSync(`/proc/self/fd/${fd}`) !== resolved) {
      throw new FailedPreconditionError(`${resolved} was replaced while it was read; try again`);
    }
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new InvalidArgumentError(`${resolved} is not a file`);
    if (stats.size > maxBytes) throw new InvalidArgumentError(`${resolved} is larger than ${maxBytes} bytes`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function rootOf(rootfs: string): string {
  if (!statSync(rootfs, { throwIfNoEntry: false })?.isDirectory()) {
    throw new NotFoundError(`root file system ${rootfs} does not exist, or is no folder`, { details: { rootfs } });
  }
  return realpathSync(rootfs);
}

/** The path on the host, every link followed as if the root were `/`; undefined if something on the way is missing. */
export function resolveInRootfs(rootfs: string, path: string): string | undefined {
  const root = rootOf(rootfs);
  const rest = path.split('/');
  let resolved: string[] = [];
  let links = 0;
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      resolved.pop();
      continue;
    }
    const link = linkAt(join(root, ...resolved, part));
    if (link === undefined) return undefined;
    if (link === '') {
      resolved.push(part);
      continue;
    }
    links += 1;
    if (links > maxLinks) throw new InvalidArgumentError(`${path} in ${rootfs} goes through too many links`);
    if (link.startsWith('/')) resolved = [];
    rest.unshift(...link.split('/'));
  }
  return join(root, ...resolved);
}

/** Where a link leads; empty for what is none; undefined for what is not there. */
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (systemCodeOf(error) === 'EINVAL') return '';
    if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function open(path: string): number | undefined {
  try {
    // Without O_NONBLOCK a fifo in its place would hold us up for ever.
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

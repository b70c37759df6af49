import { readlinkSync } from 'node:fs';
import { InvalidArgumentError } from '../kernel/errors.js';

/** As the kernel's own limit. */
const maxLinks = 40;

/**
 * Where a path leads if `root` is taken for `/`, as a process in a chroot would see it: `..` stops at the root, and a
 * symbolic link is followed within it. What is not there yet is taken literally.
 *
 * @param root absolute, without symbolic links
 * @throws InvalidArgumentError if symbolic links lead in a circle
 */
export function resolveInRoot(root: string, path: string): string {
  const base = root === '/' ? '' : root;
  const ahead = path.split('/');
  let inside = '';
  let links = 0;
  for (let step = ahead.shift(); step !== undefined; step = ahead.shift()) {
    if (step === '' || step === '.') continue;
    if (step === '..') {
      inside = inside.slice(0, Math.max(0, inside.lastIndexOf('/')));
      continue;
    }
    const link = readLink(`${base}${inside}/${step}`);
    if (link === undefined) {
      inside += `/${step}`;
      continue;
    }
    if (++links > maxLinks) {
      throw new InvalidArgumentError(`${JSON.stringify(path)} leads through too many symbolic links in ${root}`);
    }
    if (link.startsWith('/')) inside = '';
    ahead.unshift(...link.split('/'));
  }
  return `${base}${inside}` || '/';
}

/** Undefined for what is no symbolic link, or is not there. */
function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EINVAL' || code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

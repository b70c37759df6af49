/** `-v` and `--tmpfs`: short ways to say a mount. */
import { posix, resolve } from 'node:path';
import { InvalidArgumentError, type Mount } from '@shiplog/core';

const volumeOptions = new Set(
  (
    'ro rw bind rbind private rprivate shared rshared slave rslave unbindable runbindable nosuid suid nodev dev noexec ' +
    'exec noatime relatime strictatime'
  ).split(' '),
);

/**
 * `HOST:CONTAINER[:OPTIONS]`, the options with commas between them. A relative path of the host begins with a dot.
 *
 * @throws InvalidArgumentError
 */
export function parseVolumeFlag(text: string): Mount {
  const [source = '', target = '', options = '', ...rest] = text.split(':');
  if (rest.length > 0 || target === '') throw wrong(text, 'it is not of the form HOST:CONTAINER:OPTIONS');
  if (!/^[./]/.test(source)) {
    throw wrong(text, 'there are no named volumes here: begin the path of the host with / or ./');
  }
  const given = options.split(',').filter((option) => option !== '');
  const unknown = given.find((option) => !volumeOptions.has(option));
  if (unknown !== undefined)
    throw wrong(text, `the option ${unknown} is not known; use ${[...volumeOptions].join(', ')}`);
  const kind = given.includes('bind') || given.includes('rbind') ? [] : ['rbind'];
  return { type: 'bind', source: resolve(source), target: targetOf(text, target), options: [...kind, ...given] };
}

/**
 * `CONTAINER[:OPTIONS]`: memory that is gone with the task. The options are tmpfs's, with commas between them.
 *
 * @throws InvalidArgumentError
 */
export function parseTmpfsFlag(text: string): Mount {
  const [target = '', options = '', ...rest] = text.split(':');
  if (rest.length > 0) throw wrong(text, 'it is not of the form CONTAINER:OPTIONS');
  const given = options.split(',').filter((option) => option !== '');
  return { type: 'tmpfs', source: 'tmpfs', target: targetOf(text, target), options: withSafe(given) };
}

/** Neither devices nor setuid programs, unless they are asked for. */
function withSafe(given: readonly string[]): readonly string[] {
  const safe = [
    ['nosuid', 'suid'],
    ['nodev', 'dev'],
  ].flatMap(([no = '', yes = '']) => (given.includes(no) || given.includes(yes) ? [] : [no]));
  return [...safe, ...given];
}

function targetOf(text: string, target: string): string {
  const path = posix.normalize(target);
  if (!path.startsWith('/') || path === '/') throw wrong(text, 'the path in the container is absolute, and not /');
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function wrong(text: string, why: string): InvalidArgumentError {
  return new InvalidArgumentError(`volume ${JSON.stringify(text)}: ${why}`);
}

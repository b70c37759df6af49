import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { promisify } from 'node:util';
import {
  errorMessageOf,
  InvalidArgumentError,
  type Mount,
  type MountHandler,
  NotFoundError,
  readMountInfo,
  UnavailableError,
  type Unmounted,
} from '@shiplog/core/plugin';

const size = /^size=[0-9]+[kmg]?$/;

export class TarHandler implements MountHandler {
  readonly types = ['tar'];

  check({ type, options }: Mount): void {
    if (!this.types.includes(type)) throw new InvalidArgumentError(`${type} is no type of this handler: use tar`);
    const wrong = options.find((option) => option !== 'ro' && !size.test(option));
    if (wrong !== undefined) throw new InvalidArgumentError(`tar has no option ${wrong}: use ro, or size=64m`);
  }

  /** Into memory: whatever is written to it is gone with the mount, and the archive stays as it is. */
  async mount(mount: Mount, target: string, signal?: AbortSignal): Promise<void> {
    this.check(mount);
    const { source, options } = mount;
    if (!isAbsolute(source)) throw new InvalidArgumentError('the source of a tar mount must be an absolute path');
    if (!statSync(source, { throwIfNoEntry: false })?.isFile())
      throw new NotFoundError(`there is no archive ${source}`);
    const limit = options.filter((option) => option !== 'ro');
    await run(
      'mount',
      ['--no-canonicalize', '-t', 'tmpfs', '-o', ['nodev', 'mode=755', ...limit].join(','), 'tar', target],
      signal,
    );
    try {
      await run(
        'tar',
        ['--extract', '--numeric-owner', '--same-permissions', `--file=${source}`, `--directory=${target}`],
        signal,
      );
      if (options.includes('ro')) await run('mount', ['--no-canonicalize', '-o', 'remount,ro,nodev', target], signal);
    } catch (error) {
      await this.unmount(target);
      throw error;
    }
  }

  /** What is no mount point, such as a symbolic link to one, is unmounted already. */
  async unmount(target: string, signal?: AbortSignal): Promise<Unmounted> {
    const before = mountsOn(target);
    if (before === 0) return 'unmounted';
    try {
      await run('umount', ['--no-canonicalize', target], signal);
      return 'unmounted';
    } catch (error) {
      if (signal?.aborted || mountsOn(target) < before) throw error;
      // It is busy: out of sight now, and gone with its last user.
      await run('umount', ['--no-canonicalize', '--lazy', target], signal);
      return 'detached';
    }
  }
}

function mountsOn(target: string): number {
  return readMountInfo().filter(({ mountPoint }) => mountPoint === target).length;
}

const execute = promisify(execFile);

async function run(file: string, args: readonly string[], signal?: AbortSignal): Promise<void> {
  try {
    await execute(file, args, signal ? { signal } : {});
  } catch (cause) {
    throw new UnavailableError(errorMessageOf(cause), { cause });
  }
}

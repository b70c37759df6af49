import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  errorMessageOf,
  InvalidArgumentError,
  type Mount,
  type MountHandler,
  readMountInfo,
  UnavailableError,
  type Unmounted,
} from '@shiplog/core/plugin';

const size = /^size=[0-9]+[kmg]?$/;

export class ScratchHandler implements MountHandler {
  readonly types = ['scratch'];

  check({ type, options }: Mount): void {
    if (!this.types.includes(type)) throw new InvalidArgumentError(`${type} is no type of this handler: use scratch`);
    const wrong = options.find((option) => option !== 'ro' && !size.test(option));
    if (wrong !== undefined) throw new InvalidArgumentError(`scratch has no option ${wrong}: use ro, or size=64m`);
  }

  async mount(mount: Mount, target: string, signal?: AbortSignal): Promise<void> {
    this.check(mount);
    const options = ['nosuid', 'nodev', ...mount.options].join(',');
    await run('mount', ['--no-canonicalize', '-t', 'tmpfs', '-o', options, 'scratch', target], signal);
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

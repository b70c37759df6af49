/** From a spec to the command line of bubblewrap. */
import { accessSync, constants, lstatSync, readlinkSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { FailedPreconditionError, NotFoundError } from '@shiplog/core/plugin';
import { notSupported, type Spec, type SpecMount } from './spec.ts';

/** What stands in the command line of bubblewrap until it becomes the program: the process waits at its gate. */
export const gateFlags = ['--json-status-fd', '8', '--block-fd', '9'] as const;

const unshare: Readonly<Record<string, readonly string[]>> = {
  cgroup: ['--unshare-cgroup'],
  ipc: ['--unshare-ipc'],
  // Always its own.
  mount: [],
  network: ['--unshare-net'],
  pid: ['--unshare-pid'],
  user: ['--unshare-user'],
  uts: ['--unshare-uts'],
};

/**
 * The program is process 1 of its own PID namespace, asked for or not: all of it ends with that one, and nothing of it
 * can be left. It has no capability, and gets none.
 */
export function sandboxArgs(bwrap: string, spec: Spec): readonly string[] {
  const { rootfs, isReadonly, mounts, env, cwd, uid, gid, hostname, args } = spec;
  const namespaces = new Set([...spec.namespaces, 'pid', 'user']);
  const own = [...namespaces].flatMap((type) => unshare[type] ?? [refuse(type)]);
  return [
    ...[bwrap, ...gateFlags, '--die-with-parent', '--new-session', '--as-pid-1', '--cap-drop', 'ALL'],
    ...own,
    ...['--uid', `${uid}`, '--gid', `${gid}`],
    ...(hostname !== '' && namespaces.has('uts') ? ['--hostname', hostname] : []),
    ...[isReadonly ? '--ro-bind' : '--bind', rootfs, '/'],
    ...mounts.flatMap(mountArgs),
    '--clearenv',
    ...env.flatMap((variable) => {
      const [name = '', ...value] = variable.split('=');
      return name === '' ? [] : ['--setenv', name, value.join('=')];
    }),
    ...['--chdir', cwd, '--', ...args],
  ];
}

function refuse(type: string): never {
  throw notSupported(`a ${type} namespace`);
}

function mountArgs({ destination, type, source, options }: SpecMount): readonly string[] {
  switch (type) {
    case 'bind':
      return [options.includes('ro') ? '--ro-bind' : '--bind', source, destination];
    case 'proc':
      return ['--proc', destination];
    case 'mqueue':
      return ['--mqueue', destination];
    case 'sysfs':
      return ['--ro-bind', '/sys', destination];
    case 'tmpfs':
      return destination === '/dev' ? ['--dev', '/dev'] : ['--tmpfs', destination];
    // It comes with /dev.
    case 'devpts':
      return [];
    // There is nothing to see in it: a task has no cgroup of its own.
    case 'cgroup':
    case 'cgroup2':
      return [];
    default:
      throw notSupported(`a mount of type ${type}`);
  }
}

/**
 * Looks before bubblewrap does, whose words would come only with the start. What lies behind a mount is left to it.
 *
 * @throws NotFoundError with `details.exitCode` 127 if there is no such program
 * @throws FailedPreconditionError with `details.exitCode` 126 if it may not run
 */
export function assertProgram({ args: [program = ''], env, cwd, rootfs, mounts }: Spec): void {
  const path = env.findLast((variable) => variable.startsWith('PATH='))?.slice('PATH='.length) ?? '/usr/bin:/bin';
  const folders = program.includes('/') ? [cwd] : path.split(':').map((folder) => posix.resolve(cwd, folder));
  const candidates = folders.map((folder) => posix.resolve(folder, program));
  if (candidates.some((candidate) => mounts.some(({ destination }) => isBelow(candidate, destination)))) return;
  const found = candidates.flatMap((candidate) => inRootfs(rootfs, candidate) ?? []);
  if (found.length === 0) {
    throw new NotFoundError(`${program} is not in the root file system: give its path, or a PATH that leads to it`, {
      details: { program, exitCode: 127 },
    });
  }
  if (found.some(isExecutable)) return;
  throw new FailedPreconditionError(`${program} may not run: it is no executable file`, {
    details: { program, exitCode: 126 },
  });
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

const mostLinks = 40;

/** Where a path of the sandbox is on the host; its symbolic links begin at the root file system, too. */
function inRootfs(rootfs: string, path: string): string | undefined {
  const left = path.split('/').filter(Boolean);
  let at = '/';
  for (let links = 0; left.length > 0; ) {
    const next = posix.join(at, left.shift() ?? '');
    const target = linkTarget(join(rootfs, next));
    if (target === undefined) at = next;
    else {
      links += 1;
      if (links > mostLinks) return undefined;
      if (target.startsWith('/')) at = '/';
      left.unshift(...target.split('/').filter(Boolean));
    }
  }
  const found = join(rootfs, at);
  return lstatSync(found, { throwIfNoEntry: false }) ? found : undefined;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

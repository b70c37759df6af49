import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const hostBusybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));

// Those that tests and examples call; `busybox NAME` calls any other.
const applets = (
  'awk cat chmod cp cut date dd df dirname echo env expr false grep head hostname id kill ln ls mkdir mkfifo mount mv ' +
  'nproc od printf ps pwd rm rmdir sed seq setsid sh sleep sort stat stty sync tail tee test touch tr true tty umount uname ' +
  'usleep wc which whoami yes'
).split(' ');

const folders = ['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp'];

/** Why there can be no such root file system on this host; undefined if there can. */
export const busyboxMissing =
  hostBusybox === undefined ? 'busybox is missing: apt-get install busybox-static' : undefined;

/**
 * Makes the smallest root file system that runs a shell, out of the host's busybox, which has to be a static one
 * (Debian: busybox-static).
 *
 * @param folder made if it is not there
 * @returns the same folder
 */
export function busyboxRootfs(folder: string): string {
  if (hostBusybox === undefined) throw new Error(busyboxMissing);
  for (const name of folders) mkdirSync(join(folder, name), { recursive: true });
  copyFileSync(hostBusybox, join(folder, 'bin', 'busybox'));
  for (const name of applets) symlinkSync('busybox', join(folder, 'bin', name));
  writeFileSync(join(folder, 'etc', 'passwd'), 'root:x:0:0:root:/root:/bin/sh\n', { mode: 0o644 });
  writeFileSync(join(folder, 'etc', 'group'), 'root:x:0:\n', { mode: 0o644 });
  return folder;
}

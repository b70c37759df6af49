import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { FailedPreconditionError } from '@shiplog/core';
import type { OciLinux } from './linux-spec.js';

const searchByOthers = 0o001;

/**
 * Root of a user namespace is an ordinary user of the host, and has to get to the root file system. The OCI runtimes say
 * of it only that a permission is denied.
 *
 * @throws FailedPreconditionError naming the folder that keeps him out
 */
export function assertReachable(rootfs: string, { uidMappings }: Pick<OciLinux, 'uidMappings'> = {}): void {
  const root = uidMappings?.find(({ containerID }) => containerID === 0)?.hostID;
  if (root === undefined || root === process.geteuid?.()) return;
  for (let folder = rootfs; folder !== dirname(folder); folder = dirname(folder)) {
    const { mode, uid } = statSync(folder);
    if (uid === root || (mode & searchByOthers) !== 0) continue;
    throw new FailedPreconditionError(
      `root of the user namespace, user ${root} of the host, cannot get to the root file system ${rootfs}: ${folder} lets nobody else through; chmod o+x it, or use a root file system elsewhere, without mounts on it`,
      { details: { rootfs, folder, user: root } },
    );
  }
}

import { definePlugin, pluginApiVersion, SkipPlugin } from '@shiplog/core';
import { findProgram, runCommand } from '@shiplog/oci';
import { canMount } from './can-mount.js';
import { bind, rbind } from './handlers/bind.js';
import { cgroup, cgroup2 } from './handlers/cgroup.js';
import { kernelKinds } from './handlers/kernel.js';
import { overlay } from './handlers/overlay.js';
import { tmpfs } from './handlers/tmpfs.js';
import { createMountHandler } from './mount-handler.js';
import type { MountKind } from './mount-kind.js';

/** Another type is one more file in `handlers`, and a word here. */
export const mountKinds: readonly MountKind[] = [bind, rbind, overlay, tmpfs, ...kernelKinds, cgroup, cgroup2];

/** Mounts with mount(8) and umount(8) of util-linux. */
export const mountPlugin = definePlugin({
  id: 'io.containerd.mount-handler.v1',
  type: 'mount-handler',
  apiVersion: pluginApiVersion,
  version: '0.1.0',
  capabilities: mountKinds.map(({ type }) => type),
  init() {
    if (!canMount()) throw new SkipPlugin('mounting needs CAP_SYS_ADMIN: run as root');
    return createMountHandler(mountKinds, { mount: programOf('mount'), umount: programOf('umount') }, runCommand);
  },
});

function programOf(name: string): string {
  const path = findProgram(name);
  if (path === undefined)
    throw new SkipPlugin(`${name} is not on PATH: install util-linux (Debian: apt-get install mount)`);
  return path;
}

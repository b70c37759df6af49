/** `--rootfs DIR` and, as Podman has it, `--rootfs DIR:O`. */
import { resolve } from 'node:path';
import { type Mount, scratchOption } from '@shiplog/core';

export interface RootfsFlag {
  /** Absolute. */
  readonly folder: string;
  /** What is mounted to make the root; empty where it is the folder itself. */
  readonly mounts: readonly Mount[];
}

const overlaySuffix = ':O';

/** With `:O` the task sees the folder through an overlay: what it writes goes into a folder of its own, and with it. */
export function parseRootfsFlag(text: string): RootfsFlag {
  if (!text.endsWith(overlaySuffix)) return { folder: resolve(text), mounts: [] };
  const folder = resolve(text.slice(0, -overlaySuffix.length));
  const lowerdir = `lowerdir=${folder.replaceAll(/[\\:]/g, '\\$&')}`;
  return { folder, mounts: [{ type: 'overlay', source: 'overlay', target: '', options: [lowerdir, scratchOption] }] };
}

/** `--rootfs DIR` and, as Podman has it, `--rootfs DIR:O`. */
import { resolve } from 'node:path';
import { InvalidArgumentError, type Mount, scratchOption } from '@shiplog/core';

export interface RootfsFlag {
  /** Absolute. */
  readonly folder: string;
  /** What is mounted to make the root; empty where it is the folder itself. */
  readonly mounts: readonly Mount[];
}

const overlaySuffix = ':O';

/**
 * With `:O` the task sees the folder through an overlay: what it writes goes into a folder of its own, and with it.
 *
 * @throws InvalidArgumentError if there is nothing in front of it
 */
export function parseRootfsFlag(text: string): RootfsFlag {
  if (!text.endsWith(overlaySuffix)) return { folder: resolve(text), mounts: [] };
  const path = text.slice(0, -overlaySuffix.length);
  if (path === '') throw new InvalidArgumentError('--rootfs :O names no folder: write --rootfs DIR:O');
  const folder = resolve(path);
  const lowerdir = `lowerdir=${folder.replaceAll(/[\\:]/g, '\\$&')}`;
  return { folder, mounts: [{ type: 'overlay', source: 'overlay', target: '', options: [lowerdir, scratchOption] }] };
}

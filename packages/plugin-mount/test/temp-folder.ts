import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Mount, type MountInfo, readMountInfo } from '@shiplog/core';

export function mountOf(type: string, source: string, options: readonly string[] = [], target = ''): Mount {
  return { type, source, target, options };
}

/** A folder of the test's own; whatever is mounted in it goes with it, also after a failure. */
export class TempFolder {
  readonly path = realpathSync(mkdtempSync(path.join(tmpdir(), 'shiplog-plugin-mount-')));

  /** Makes a folder. */
  folder(name: string): string {
    const folder = path.join(this.path, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Makes a file. */
  file(name: string, text = ''): string {
    const file = path.join(this.folder(path.dirname(name)), path.basename(name));
    writeFileSync(file, text);
    return file;
  }

  /** What is mounted in it, the latest last. */
  mounts(): readonly MountInfo[] {
    return readMountInfo().filter(({ mountPoint }) => mountPoint.startsWith(`${this.path}/`));
  }

  [Symbol.dispose](): void {
    // One at a time, since the end of one can bring that of others.
    for (let left = this.mounts(); left.length > 0; left = this.mounts()) {
      execFileSync('umount', ['-l', left.at(-1)?.mountPoint ?? '']);
    }
    rmSync(this.path, { recursive: true, force: true });
  }
}

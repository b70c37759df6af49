/** A picture of a host's cgroups and of one process (pid 42) in temporary files. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { MountInfo } from '@shiplog/core';
import type { CgroupHost } from '../../src/stats/cgroup-folders.js';

export const pid = 42;

export interface CgroupMount {
  readonly type: 'cgroup' | 'cgroup2';
  /** The controllers of a v1 hierarchy. */
  readonly options?: readonly string[];
  readonly root?: string;
  /** Below the picture's folder. */
  readonly point: string;
}

export class CgroupPicture implements Disposable {
  readonly #base = mkdtempSync(join(tmpdir(), 'shiplog-cgroups-'));
  readonly host: CgroupHost;

  constructor(mounts: readonly CgroupMount[], cgroup: string) {
    this.host = { proc: join(this.#base, 'proc'), mounts: () => mounts.map((mount) => this.#mountInfo(mount)) };
    this.write(`proc/${pid}/cgroup`, cgroup);
    this.#link(`proc/${pid}/ns/net`, 'net:[2]');
    this.#link('proc/self/ns/net', 'net:[1]');
  }

  write(path: string, text: string): this {
    const file = join(this.#base, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return this;
  }

  path(path: string): string {
    return join(this.#base, path);
  }

  #link(path: string, target: string): void {
    const link = join(this.#base, path);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link);
  }

  #mountInfo({ type, options = [], root = '/', point }: CgroupMount): MountInfo {
    const mountPoint = join(this.#base, point);
    const rest = { id: 1, parentId: 1, options: [], propagation: [], source: type };
    return { ...rest, root, mountPoint, fsType: type, superOptions: ['rw', ...options] };
  }

  [Symbol.dispose](): void {
    rmSync(this.#base, { recursive: true });
  }
}

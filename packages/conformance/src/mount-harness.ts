/** What the suite needs of a mount handler, and the words in which its rules are written. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Mount, type MountHandler, readMountInfo } from '@shiplog/core/plugin';
import type { Rule as RuleOf } from './rule.js';

/** One of a handler's types, as the suite is to try it. */
export interface MountSample {
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
  /** Files that are there to be seen in what is mounted, relative to it; empty for a new file system. */
  readonly shows?: readonly string[];
}

export interface MountHarness extends AsyncDisposable {
  readonly handler: MountHandler;
  /** An empty folder of the host, by its real path. */
  readonly folder: string;
  /** At least one, of any of the handler's types; whatever they need is there. */
  readonly samples: readonly MountSample[];
}

export type MountRule = RuleOf<MountBench>;

export class MountBench {
  readonly #harness: MountHarness;
  #count = 0;

  constructor(harness: MountHarness) {
    this.#harness = harness;
  }

  get handler(): MountHandler {
    return this.#harness.handler;
  }

  get samples(): readonly MountSample[] {
    return this.#harness.samples;
  }

  get folder(): string {
    return this.#harness.folder;
  }

  /** A new folder to mount on. */
  target(): string {
    this.#count += 1;
    const target = join(this.folder, `target-${this.#count}`);
    mkdirSync(target);
    return target;
  }

  mountOf({ type, source, options }: MountSample): Mount {
    return { type, source, options, target: '' };
  }

  /** How many file systems are mounted on a path, one over the other. */
  mountsOn(target: string): number {
    return readMountInfo().filter(({ mountPoint }) => mountPoint === target).length;
  }

  async mounted(sample: MountSample): Promise<string> {
    const target = this.target();
    await this.handler.mount(this.mountOf(sample), target);
    return target;
  }

  /** Unmounts whatever a rule left, the last one first, then closes the harness. */
  async close(): Promise<void> {
    const left = readMountInfo().filter(({ mountPoint }) => mountPoint.startsWith(`${this.folder}/`));
    for (const { mountPoint } of left.reverse()) await this.handler.unmount(mountPoint);
    await this.#harness[Symbol.asyncDispose]();
  }
}

export function namesIn(folder: string): readonly string[] {
  return readdirSync(folder).sort();
}

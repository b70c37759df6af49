/**
 * What this process has open without close-on-exec: every child would have it too. Node.js opens nothing so, but native
 * modules do; LMDB's data file, open for writing, would come into the hands of monitors that outlive us.
 */
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';

const closeOnExec = 0o2000000;

function isInherited(fd: string): boolean {
  try {
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    // It was the descriptor that the listing itself was read through.
    return false;
  }
}

/** Puts /dev/null in the place of each, in a child's `stdio`. */
export class CoveredDescriptors implements Disposable {
  readonly #nothing = openSync('/dev/null', 'r');
  readonly #inherited: readonly number[];

  /** @param from the first descriptor that the child has no use for */
  constructor(from: number) {
    this.#inherited = readdirSync('/proc/self/fd')
      .filter((fd) => Number(fd) >= from && isInherited(fd))
      .map(Number);
  }

  /** What follows in `stdio` behind the child's own descriptors. */
  after<T>(own: readonly T[]): (T | 'ignore' | number)[] {
    const stdio: (T | 'ignore' | number)[] = [...own];
    for (const fd of this.#inherited) {
      while (stdio.length < fd) stdio.push('ignore');
      stdio[fd] = this.#nothing;
    }
    return stdio;
  }

  [Symbol.dispose](): void {
    closeSync(this.#nothing);
  }
}

/**
 * Holds a fifo open for writing that is a process's stdin, so that the process sees no end of its input before `closeIO`,
 * whoever writes to the fifo and goes away again, as with containerd's shim. It is a shell that waits for the end of a pipe
 * whose other end the process's monitor has, so it lives no longer than that.
 */
import { findProcesses, killQuietly } from './host-process.js';
import type { ProcessFolder } from './layout.js';
import { startHelper } from './run.js';

const shell = '/bin/sh';

/**
 * @param life the end for reading of a pipe
 * @param fifo a descriptor for writing
 */
export async function startHolder(folder: ProcessFolder, life: number, fifo: number): Promise<void> {
  const args = ['-c', 'read -r line', markOf(folder)];
  await startHelper({ file: shell, args }, { descriptors: [life, fifo], environment: {} });
}

/** From now on the input ends when no writer of the user's has the fifo open. Harmless where it has been done. */
export function endHolder(folder: ProcessFolder): void {
  for (const { pid } of findProcesses((args) => args[0] === shell && args.includes(markOf(folder)), folder.path))
    killQuietly(pid);
}

/** Among the arguments of a holder, and of no other process. */
function markOf(folder: ProcessFolder): string {
  return `--stdin-of=${folder.pidFile}`;
}

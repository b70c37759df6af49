/** The flags of what a task may use, at create and at update. */
import { parseCpus, parseMemorySize, parsePidsLimit } from '@shiplog/oci';
import type { Command } from 'commander';

export interface LimitFlags {
  readonly memory?: number;
  readonly cpus?: number;
  readonly pidsLimit?: number;
}

export function addLimitFlags(command: Command): void {
  command
    .option('-m, --memory <size>', 'at most so much memory: 64m, 1g; -1 for no limit', parseMemorySize)
    .option('--cpus <number>', 'at most so much CPU time: 0.5 is half of one CPU; -1 for no limit', parseCpus)
    .option('--pids-limit <number>', 'at most so many processes and threads; -1 for no limit', parsePidsLimit);
}

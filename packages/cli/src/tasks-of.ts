import type { Command } from 'commander';

/** The IDs on a command line: of `TASK ...`, all; of `TASK CMD ...` the first. */
export function tasksOf({ registeredArguments, args }: Command): readonly string[] {
  return registeredArguments[0]?.variadic ? args : args.slice(0, 1);
}

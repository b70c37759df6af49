/** The flags of a process: of a task's first one, and of an exec. */
import { parseEnvFlag } from '@shiplog/oci';
import type { Command } from 'commander';
import { collect, notEmpty } from '../flags.js';

export interface ProcessFlags {
  /** `NAME=VALUE`; undefined for a variable that the caller does not have either. */
  readonly env?: readonly (string | undefined)[];
  readonly cwd?: string;
  readonly user?: string;
}

export function addProcessFlags(command: Command, env: NodeJS.ProcessEnv): void {
  command
    .option(
      '-e, --env <name=value>',
      'set a variable; NAME alone takes your own value',
      collect((text) => parseEnvFlag(text, env)),
    )
    .option('-w, --cwd <dir>', 'the working directory, inside the container', notEmpty)
    .option('-u, --user <user[:group]>', 'by name or number', notEmpty);
}

export function processOptions({ env = [], cwd, user }: ProcessFlags) {
  return {
    env: env.filter((variable) => variable !== undefined),
    ...(cwd !== undefined && { cwd }),
    ...(user !== undefined && { user }),
  };
}

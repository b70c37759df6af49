/** The flags of a process: of a task's first one, and of an exec. */
import { type ProcessOptions, parseCapability, parseEnvFlag, readEnvFile } from '@shiplog/oci';
import { type Command, Option } from 'commander';
import { collect, notEmpty } from '../flags.js';

export interface ProcessFlags {
  /** `NAME=VALUE`; undefined for a variable that the caller does not have either. */
  readonly env?: readonly (string | undefined)[];
  /** What is in the files, the later after the earlier. */
  readonly envFile?: readonly (readonly (string | undefined)[])[];
  /** JSON pointers. */
  readonly secret?: readonly string[];
  readonly cwd?: string;
  readonly workdir?: string;
  readonly user?: string;
  readonly groupAdd?: readonly string[];
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  readonly privileged?: true;
}

export function addProcessFlags(command: Command, env: NodeJS.ProcessEnv): void {
  command
    .option(
      '-e, --env <name=value>',
      'set a variable; NAME alone takes your own value',
      collect((text) => parseEnvFlag(text, env)),
    )
    .option(
      '--env-file <file>',
      'set the variables of a file, one a line; --env wins over it',
      collect((file) => readEnvFile(notEmpty(file), env)),
    )
    .option(
      '--secret <pointer>',
      'a part of the spec that is never shown, as the values of variables are: /process/args/2; of exec: /args/2',
      collect(notEmpty),
    )
    .option('-w, --workdir <dir>', 'the working directory, inside the container', notEmpty)
    .addOption(new Option('--cwd <dir>', 'the same').argParser(notEmpty).conflicts('workdir'))
    .option('-u, --user <user[:group]>', 'by name or number', notEmpty)
    .option('--group-add <group>', 'a further group, by name or number', collect(notEmpty))
    .option('--cap-add <capability>', 'a capability more, or ALL: NET_ADMIN', collect(parseCapability))
    .option('--cap-drop <capability>', 'a capability less, or ALL', collect(parseCapability))
    .option('--privileged', 'every capability that you have to give, and nothing in the way of using it');
}

export function processOptions(flags: ProcessFlags): ProcessOptions & { readonly env: readonly string[] } {
  const { env = [], envFile = [], workdir, cwd = workdir, user, groupAdd, capAdd, capDrop, privileged } = flags;
  return {
    env: [...envFile.flat(), ...env].filter((variable) => variable !== undefined),
    ...(cwd !== undefined && { cwd }),
    ...(user !== undefined && { user }),
    ...(groupAdd && { groups: groupAdd }),
    ...(capAdd && { capAdd }),
    ...(capDrop && { capDrop }),
    ...(privileged && { privileged }),
  };
}

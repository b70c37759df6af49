import { InvalidArgumentError } from '@shiplog/core';
import { hasVariable, mergeEnv } from './environment.js';
import type { OciProcess } from './oci-spec.js';
import { resolveUser } from './user.js';

export interface ExecOptions {
  /** The absolute path of the task's root file system on the host; empty where only user numbers are given. */
  readonly rootfs: string;
  readonly args: readonly string[];
  /** `NAME=VALUE`; wins over the task's. */
  readonly env?: readonly string[];
  /** The task's when absent. */
  readonly cwd?: string;
  /** `USER[:GROUP]`; the task's when absent. */
  readonly user?: string;
  readonly terminal?: boolean;
}

/**
 * The process of an exec: the task's own, but for what the caller asks for. So it has the task's environment, user,
 * capabilities and limits.
 *
 * @param base the `process` of the task's spec
 * @throws InvalidArgumentError
 */
export function execProcess(base: OciProcess, options: ExecOptions): OciProcess {
  const { args, cwd = base.cwd, terminal = false, env = [] } = options;
  if (args.length === 0) throw new InvalidArgumentError('there is no program to run: give a command and its arguments');
  if (!cwd.startsWith('/')) {
    throw new InvalidArgumentError(`working directory ${JSON.stringify(cwd)} is not valid: give an absolute path`);
  }
  const { consoleSize: _consoleSize, ...inherited } = base;
  const taskEnv = base.env ?? [];
  const term = terminal && !hasVariable(taskEnv, 'TERM') ? ['TERM=xterm'] : [];
  if (options.user === undefined) return { ...inherited, args, cwd, terminal, env: mergeEnv(taskEnv, term, env) };
  const { user, home } = resolveUser(options.user, options.rootfs);
  // HOME was the task's user's: without the other's, the OCI runtime looks it up.
  const others = taskEnv.filter((variable) => !variable.startsWith('HOME='));
  const homeOf = home === undefined ? [] : [`HOME=${home}`];
  return { ...inherited, user, args, cwd, terminal, env: mergeEnv(others, homeOf, term, env) };
}

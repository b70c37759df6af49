/** What can be said of a process on a command line: of a task's first one, and of an exec. */
import { InvalidArgumentError } from '@shiplog/core';
import { changeCapabilities } from './capabilities.js';
import { hasVariable, mergeEnv } from './environment.js';
import type { HostFacts } from './host-facts.js';
import type { OciProcess, OciRlimit, OciUser } from './oci-spec.js';
import { mergeRlimits } from './rlimits.js';
import { resolveGroup, resolveUser } from './user.js';

export interface ProcessOptions {
  /** The program and its arguments. */
  readonly args?: readonly string[];
  /** `NAME=VALUE`; wins over what is there. */
  readonly env?: readonly string[];
  /** Absolute, inside the container. */
  readonly cwd?: string;
  /** `USER[:GROUP]`. Names are looked up in the root file system. */
  readonly user?: string;
  /** Further groups, by name or number. */
  readonly groups?: readonly string[];
  /** 0o022 is 18. */
  readonly umask?: number;
  readonly terminal?: boolean;
  /** Names as `CAP_KILL`, or `ALL`. */
  readonly capAdd?: readonly string[];
  /** Names as `CAP_KILL`, or `ALL`. */
  readonly capDrop?: readonly string[];
  /** Every capability that there is to give, and new privileges as well. */
  readonly privileged?: boolean;
  /** False lets programs gain privileges (sudo, ping with file capabilities). */
  readonly noNewPrivileges?: boolean;
  /** One of a type that is there takes its place. */
  readonly rlimits?: readonly OciRlimit[];
  /** -1000 to 1000. */
  readonly oomScoreAdj?: number;
  /** A profile that the host has loaded, or `unconfined`. */
  readonly apparmor?: string;
  readonly selinuxLabel?: string;
}

/**
 * A process with what the options say otherwise; all else stays.
 *
 * @param rootfs absolute; empty where it is not there yet, and then users and groups are numbers
 * @throws InvalidArgumentError if an option makes no sense, or the root file system does not know the user
 */
export function changeProcess(
  base: OciProcess,
  options: ProcessOptions,
  rootfs: string,
  host: () => HostFacts,
): OciProcess {
  const { args = base.args ?? [], cwd = base.cwd, terminal = false, noNewPrivileges, oomScoreAdj } = options;
  if (args.length === 0) throw new InvalidArgumentError('there is no program to run: give a command and its arguments');
  if (!cwd.startsWith('/')) {
    throw new InvalidArgumentError(`working directory ${JSON.stringify(cwd)} is not valid: give an absolute path`);
  }
  const { consoleSize: _consoleSize, ...inherited } = base;
  const { user, env } = identityOf(base, options, rootfs);
  return {
    ...inherited,
    ...(user && { user }),
    args,
    cwd,
    terminal,
    env,
    ...capabilitiesOf(base, options, user, host),
    ...(options.rlimits && { rlimits: mergeRlimits(base.rlimits ?? [], options.rlimits) }),
    ...(options.privileged && { noNewPrivileges: false }),
    ...(noNewPrivileges !== undefined && { noNewPrivileges }),
    ...(options.apparmor !== undefined && { apparmorProfile: options.apparmor }),
    ...(options.selinuxLabel !== undefined && { selinuxLabel: options.selinuxLabel }),
    ...(oomScoreAdj !== undefined && { oomScoreAdj }),
  };
}

function capabilitiesOf(
  base: OciProcess,
  { capAdd = [], capDrop = [], privileged = false }: ProcessOptions,
  user: OciUser | undefined,
  host: () => HostFacts,
): Pick<OciProcess, 'capabilities'> {
  const add = privileged ? ['ALL', ...capAdd] : capAdd;
  if (add.length === 0 && capDrop.length === 0) return {};
  const unprivileged = (user?.uid ?? 0) !== 0;
  const capabilities = changeCapabilities(base.capabilities, { add, drop: capDrop, unprivileged }, host().capabilities);
  return capabilities ? { capabilities } : {};
}

/** Who it is, and an environment that fits. */
function identityOf(
  base: OciProcess,
  options: ProcessOptions,
  rootfs: string,
): { readonly user: OciUser | undefined; readonly env: readonly string[] } {
  const { terminal = false, env = [], umask, groups = [] } = options;
  const before = base.env ?? [];
  const term = terminal && !hasVariable(before, 'TERM') ? ['TERM=xterm'] : [];
  const resolved = options.user === undefined ? undefined : resolveUser(options.user, rootfs);
  // HOME was the other user's: without this one's, the OCI runtime looks it up.
  const others = resolved ? before.filter((variable) => !variable.startsWith('HOME=')) : before;
  const home = resolved?.home === undefined ? [] : [`HOME=${resolved.home}`];
  const user = resolved?.user ?? base.user;
  const gids = groups.map((group) => resolveGroup(group, rootfs));
  const changed = umask !== undefined || gids.length > 0;
  return {
    env: mergeEnv(others, home, term, env),
    user: changed
      ? {
          ...(user ?? { uid: 0, gid: 0 }),
          ...(umask !== undefined && { umask }),
          ...(gids.length > 0 && { additionalGids: [...new Set([...(user?.additionalGids ?? []), ...gids])] }),
        }
      : user,
  };
}

/**
 * An octal mask, as umask(1) has it.
 *
 * @throws InvalidArgumentError
 */
export function parseUmask(text: string): number {
  if (/^0?[0-7]{1,3}$/.test(text)) return Number.parseInt(text, 8);
  throw new InvalidArgumentError(`${JSON.stringify(text)} is no umask: write an octal number up to 777, such as 022`);
}

/**
 * @throws InvalidArgumentError
 */
export function parseOomScoreAdj(text: string): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= -1000 && value <= 1000) return value;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is no OOM score: write a whole number from -1000 to 1000`);
}

/** capabilities(7): what a process of a container may do. */
import { InvalidArgumentError } from '@shiplog/core';
import type { OciCapabilities } from './oci-spec.js';

/** By their number in the kernel. */
export const capabilityNames = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE ' +
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN ' +
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE ' +
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
)
  .split(' ')
  .map((name) => `CAP_${name}`);

/** Stands for every capability that there is to give. */
const allCapabilities = 'ALL';

/**
 * `net_admin`, `NET_ADMIN` and `CAP_NET_ADMIN` are one; or `all`.
 *
 * @throws InvalidArgumentError
 */
export function parseCapability(text: string): string {
  const upper = text.toUpperCase();
  if (upper === allCapabilities) return upper;
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (capabilityNames.includes(name)) return name;
  throw new InvalidArgumentError(
    `${JSON.stringify(text)} is no capability: write one of capabilities(7), such as NET_ADMIN, or ALL`,
  );
}

export interface CapabilityChanges {
  /** Names, or `ALL`. */
  readonly add?: readonly string[];
  /** Names, or `ALL`. */
  readonly drop?: readonly string[];
  /** Whether the process is not root: then it keeps what was added for it by name, and no more. */
  readonly unprivileged: boolean;
}

/**
 * @param given what this process has to give
 * @throws InvalidArgumentError if one is added and dropped, or is not this process's to give
 */
export function changeCapabilities(
  base: OciCapabilities | undefined,
  { add = [], drop = [], unprivileged }: CapabilityChanges,
  given: readonly string[],
): OciCapabilities | undefined {
  if (add.length === 0 && drop.length === 0) return base;
  const both = add.find((name) => drop.includes(name));
  if (both !== undefined) throw new InvalidArgumentError(`${both} is both added and dropped: leave one of them out`);
  const named = add.filter((name) => name !== allCapabilities);
  const missing = named.filter((name) => !given.includes(name));
  if (missing.length > 0) {
    throw new InvalidArgumentError(`${missing.join(', ')} cannot be added: this process does not have it itself`);
  }
  const start = add.includes(allCapabilities) ? given : drop.includes(allCapabilities) ? [] : boundsOf(base);
  const bounding = [...new Set([...start, ...named])].filter((name) => !drop.includes(name));
  const kept = (names: readonly string[] = []) => names.filter((name) => bounding.includes(name));
  const passedOn = [...new Set([...kept(base?.ambient), ...(unprivileged ? named : [])])];
  return {
    bounding,
    effective: bounding,
    permitted: bounding,
    ...(passedOn.length > 0 && { inheritable: passedOn, ambient: passedOn }),
  };
}

function boundsOf(base: OciCapabilities | undefined): readonly string[] {
  return base?.bounding ?? [];
}

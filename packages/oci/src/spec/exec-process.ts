import type { HostFacts } from './host-facts.js';
import { readHostFacts } from './host-facts.js';
import type { OciProcess } from './oci-spec.js';
import { changeProcess, type ProcessOptions } from './process-options.js';

export interface ExecOptions extends ProcessOptions {
  /** The absolute path of the task's root file system on the host; empty where only user numbers are given. */
  readonly rootfs: string;
  readonly args: readonly string[];
}

/**
 * The process of an exec: the task's own, but for what the caller asks for. So it has the task's environment, user,
 * capabilities and limits.
 *
 * @param base the `process` of the task's spec
 * @throws InvalidArgumentError
 */
export function execProcess(
  base: OciProcess,
  { rootfs, ...options }: ExecOptions,
  host: () => HostFacts = readHostFacts,
): OciProcess {
  return changeProcess(base, options, rootfs, host);
}

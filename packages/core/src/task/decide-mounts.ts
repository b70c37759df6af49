/** What `decide` makes of commands on mounts: one set of them for each target, and one open request for each set (D1). */
import { AlreadyExistsError } from '../kernel/errors.js';
import type { ActivateMounts, DeactivateMounts } from './commands.js';
import { append, type Decision, reject, requestOf, unchanged, waitFor } from './decision.js';
import { type MountSet, mountsOn, type TaskState } from './state.js';

export function activateMounts(command: ActivateMounts, state: TaskState): Decision {
  const { target, mounts } = command;
  const set = mountsOn(state, target);
  if (set?.status === 'active') {
    return reject(new AlreadyExistsError(`${target} is mounted already; deactivate it first`, { details: { target } }));
  }
  if (set) return waitForMounts(set);
  return append({ type: '/mounts/activate-requested', ...requestOf(command), target, mounts });
}

export function deactivateMounts(command: DeactivateMounts, state: TaskState): Decision {
  const { target } = command;
  const set = mountsOn(state, target);
  if (!set) return unchanged;
  if (set.status !== 'active') return waitForMounts(set);
  return append({ type: '/mounts/deactivate-requested', ...requestOf(command), target });
}

function waitForMounts({ status, requestId, owner }: MountSet): Decision {
  return waitFor({ command: status === 'activating' ? 'activate' : 'deactivate', requestId, owner });
}

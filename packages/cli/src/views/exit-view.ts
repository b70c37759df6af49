import type { Exit } from '@shiplog/core';

/** What `wait --json` and `delete --json` print. */
export function exitView(id: string, namespace: string, exit: Exit): Readonly<Record<string, unknown>> {
  const { pid, status, timestamp, certainty, evidence, oomKilled } = exit;
  return {
    ...{ id, namespace, pid, exitStatus: status, exitedAt: timestamp, certainty },
    ...(evidence && { evidence }),
    ...(oomKilled && { oomKilled }),
  };
}

/** What a bare exit code does not say, for stderr. */
export function exitRemarks(id: string, { certainty, evidence, oomKilled }: Exit): readonly string[] {
  const guess =
    certainty === 'observed' ? [] : [`the exit code of ${id} is ${certainty}${evidence ? `: ${evidence}` : ''}`];
  const oom = `the kernel killed in ${id} for want of memory: give it more (--memory)`;
  return oomKilled ? [...guess, oom] : guess;
}

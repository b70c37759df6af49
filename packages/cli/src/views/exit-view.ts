import type { Exit } from '@shiplog/core';

/** What `wait --json` and `delete --json` print. */
export function exitView(id: string, namespace: string, exit: Exit): Readonly<Record<string, unknown>> {
  const { pid, status, timestamp, certainty, evidence } = exit;
  return { id, namespace, pid, exitStatus: status, exitedAt: timestamp, certainty, ...(evidence && { evidence }) };
}

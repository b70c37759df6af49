/** /proc/PID/net/dev: the interfaces of a process's network namespace. */
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing, readIfThere } from '../small-file.js';
import type { NetworkMetrics } from './metrics.js';

/** undefined for a process in our own network namespace: what is counted there is not the task's alone. */
export function readNetwork(pid: number, proc: string): readonly NetworkMetrics[] | undefined {
  const [its, ours] = [String(pid), 'self'].map((name) => namespaceOf(join(proc, name, 'ns/net')));
  if (its === undefined || its === ours) return undefined;
  const text = readIfThere(join(proc, String(pid), 'net/dev'));
  return text?.split('\n').flatMap((line) => interfaceIn(line) ?? []);
}

function namespaceOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** `eth0: ` and eight counters of what came in, then eight of what went out. */
function interfaceIn(line: string): NetworkMetrics | undefined {
  const [, name, rest = ''] = /^\s*([^\s:]+):(.*)$/.exec(line) ?? [];
  if (name === undefined) return undefined;
  const numbers = rest.trim().split(/\s+/).map(Number);
  const [rxBytes = 0, rxPackets = 0, rxErrors = 0, rxDropped = 0] = numbers;
  const [txBytes = 0, txPackets = 0, txErrors = 0, txDropped = 0] = numbers.slice(8);
  return { name, rxBytes, rxPackets, rxErrors, rxDropped, txBytes, txPackets, txErrors, txDropped };
}

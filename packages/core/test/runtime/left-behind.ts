/** A task that is no more, and what it has left on the host. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultNamespace, parseTaskId } from '../../src/kernel/identifiers.js';
import type { Trace, TraceKind } from '../../src/runtime/traces.js';
import { type Machine, type MachineOptions, machine, opts } from './harness.js';

export const bundleOf = ({ backend }: Machine, task: string) => join(backend.dir, 'state', 'default', task);
export const outputOf = ({ backend }: Machine, task: string) => join(backend.dir, 'root', 'default', task);

export function trace(task: string, kind: TraceKind, what: string): Trace {
  return { namespace: defaultNamespace, task: parseTaskId(task), kind, what };
}

/** With a task `web` that was deleted, and both of its folders there all the same. */
export async function withLeftovers(options: MachineOptions = {}): Promise<Machine> {
  const host = await machine(options);
  await host.manager.create('web', opts);
  await host.manager.delete('web');
  await mkdir(join(bundleOf(host, 'web'), 'rootfs'), { recursive: true });
  await mkdir(outputOf(host, 'web'), { recursive: true });
  return host;
}

export const opening = ({ manager }: Machine) => manager.recover({ hold: false });

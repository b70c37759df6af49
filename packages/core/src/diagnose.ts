/** Tells what is wrong with a host and a root, and changes neither: no folder is made, nothing is recorded or mended. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { verifyFolder } from './audit/verify-folder.js';
import { backendsOf, registryOptions } from './backends-of.js';
import {
  askRuntimes,
  type Folders,
  lookAtBinding,
  lookAtClock,
  lookAtDisks,
  lookAtFolders,
  lookAtPlugins,
} from './doctor/look-at-host.js';
import { lookAtTasks } from './doctor/look-at-tasks.js';
import type { EventLog } from './event-log/event-log.js';
import { LmdbEventLog } from './event-log/lmdb-event-log.js';
import { dataFile } from './event-log/lmdb-schema.js';
import type { Position } from './event-log/position.js';
import { type Clock, SystemClock } from './kernel/clock.js';
import { errorMessageOf } from './kernel/errors.js';
import { type ProcessTable, ProcFsProcessTable } from './kernel/process-identity.js';
import { MountManager } from './mount/mount-manager.js';
import { PluginRegistry } from './plugin/registry.js';
import { taskProjection } from './projections/task-projection.js';
import type { Backends } from './runtime/backends.js';
import type { HealthFinding } from './runtime/health.js';
import { defaultRoot, defaultStateDir, type ShiplogOptions } from './shiplog.js';

export interface DiagnoseOptions
  extends Pick<
    ShiplogOptions,
    'root' | 'state' | 'plugins' | 'sources' | 'refused' | 'config' | 'startTimeout' | 'clock' | 'processes'
  > {
  /** Check every byte of the log, which takes a second for some hundred thousand records; true when absent. */
  readonly verify?: boolean;
}

export interface Diagnosis {
  /** No finding is a fault. */
  readonly healthy: boolean;
  /** Of the host first. */
  readonly findings: readonly HealthFinding[];
  /** How far the log went; 0 where it is not there, or cannot be read. */
  readonly position: Position;
}

/** A root that is not there yet is healthy, if its host is. */
export async function diagnose(options: DiagnoseOptions): Promise<Diagnosis> {
  const { root = defaultRoot, state = defaultStateDir, clock = new SystemClock(), verify = true } = options;
  const folders: Folders = { root, state };
  await using registry = await PluginRegistry.start({
    ...registryOptions(options, { root, state, clock }),
    makeFolders: false,
  });
  const backends = backendsOf(registry, root, state);
  const findings: HealthFinding[] = [
    ...lookAtFolders(folders),
    ...lookAtDisks(folders),
    ...lookAtPlugins(registry.reports),
    ...(await askRuntimes(backends)),
  ];
  let position = 0;
  if (existsSync(join(root, 'log', dataFile))) {
    const mounts = new MountManager({ handlers: registry.all('mount-handler') });
    const processes = options.processes ?? new ProcFsProcessTable();
    const looked = await lookAtLog(join(root, 'log'), { folders, backends, mounts, processes, clock, verify });
    findings.push(...looked.findings);
    position = looked.position;
  }
  return { healthy: findings.every(({ severity }) => severity !== 'fault'), findings, position };
}

interface Surroundings {
  readonly folders: Folders;
  readonly backends: Backends;
  readonly mounts: MountManager;
  readonly processes: ProcessTable;
  readonly clock: Clock;
  readonly verify: boolean;
}

async function lookAtLog(dir: string, around: Surroundings): Promise<Pick<Diagnosis, 'findings' | 'position'>> {
  const findings: HealthFinding[] = around.verify ? [...(await verified(dir))] : [];
  let position = 0;
  try {
    await using log = await LmdbEventLog.open(dir, { readOnly: true, projections: [taskProjection] });
    position = log.head();
    findings.push(...(await lookInLog(log, around)));
  } catch (error) {
    if (findings.length === 0) findings.push(logFault(errorMessageOf(error), 'see what the message says'));
  }
  return { findings, position };
}

async function lookInLog(log: EventLog, around: Surroundings): Promise<readonly HealthFinding[]> {
  const { folders, backends, mounts, processes, clock } = around;
  const bound = lookAtBinding(folders, log);
  // What is seen from here says nothing of tasks that live elsewhere.
  const tasks = bound.length > 0 ? [] : await lookAtTasks({ engine: { log, backends }, mounts, processes, clock });
  return [...bound, ...lookAtClock(log, clock), ...tasks];
}

/** How many findings of the log are told one by one; audit verify has them all. */
const told = 10;

async function verified(dir: string): Promise<readonly HealthFinding[]> {
  try {
    const { findings, found } = await verifyFolder(dir);
    const faults = findings.slice(0, told).map(({ message }) => logFault(message, 'see shiplog audit verify'));
    if (found <= told) return faults;
    return [...faults, logFault(`and ${found - told} more`, 'see shiplog audit verify')];
  } catch (error) {
    return [logFault(errorMessageOf(error), 'see what the message says')];
  }
}

function logFault(reason: string, remedy: string): HealthFinding {
  return { kind: 'log', severity: 'fault', reason: `the log: ${reason}`, remedy, mendable: false };
}

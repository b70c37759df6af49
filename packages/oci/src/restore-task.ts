/** Restores a task that was created from a checkpoint, which is its start: a monitor, a log and an exit like any other's. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FailedPreconditionError, UnavailableError } from '@shiplog/core';
import { conmonCreateArgs, runtimeArgs } from './args.js';
import { type Backend, callRuntime, criuPatience, runtimeLimits, runtimeLine } from './backend.js';
import { removeCgroup } from './cgroup.js';
import { criuFlags } from './checkpoint-options.js';
import { withComplaint } from './criu.js';
import { findProgram } from './find-program.js';
import { readImages } from './images.js';
import type { TaskLayout } from './layout.js';
import { killLaunch, launch, removeTraces, stdioArgsOf } from './monitor.js';
import { launchedNow, type ProcessRecord, type Restore, writeRecord } from './record.js';
import { removeEmptyFolder } from './small-file.js';
import type { OciMount, OciSpec } from './spec/oci-spec.js';
import { planStdio } from './stdio.js';

/**
 * A spec with which crun finds what was mounted from outside under another name than it has here: its folder of nothing,
 * which it puts over masked folders. It mounts none of these; their type is one that it leaves to CRIU.
 */
export function withOutsideFolders(spec: OciSpec, layout: TaskLayout, names: readonly string[]): OciSpec {
  const source = join(layout.runtimeRoot, '.empty-directory');
  const mounts = names
    .filter((destination) => destination !== source)
    .map((destination): OciMount => ({ destination, type: 'cgroup2', source, options: ['bind'] }));
  return { ...spec, mounts: [...mounts, ...(spec.mounts ?? [])] };
}

/** There is no process before. */
export function assertRestored({ phase }: ProcessRecord, action: string): void {
  if (phase !== 'added') return;
  throw new FailedPreconditionError(`cannot ${action}: it has no process before its start has restored it`);
}

/** In the bundle; crun makes it, and does not restore where it is there already. */
const crunsMountPoint = 'criu-root';

/** If it fails, nothing of it runs, and it can be started again. */
export async function restoreTask(
  backend: Backend,
  layout: TaskLayout,
  added: ProcessRecord & { readonly restore: Restore },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { process: folder } = layout;
  const { images, exitCommand } = added.restore;
  const { options } = readImages(images);
  await backend.criu.assertWorks(added.binary);
  const record: ProcessRecord = { ...added, phase: 'launching', ...launchedNow() };
  writeRecord(folder.record, record);
  try {
    rmSync(folder.criuFolder, { recursive: true, force: true });
    mkdirSync(folder.criuFolder, { mode: 0o700 });
    const stdio = planStdio(record.io);
    const args = conmonCreateArgs({
      runtime: runtimeLine(layout, record),
      id: layout.id,
      folder: layout.bundle,
      pidFile: folder.pidFile,
      exitDir: folder.exitDir,
      runtimeLog: folder.runtimeLog,
      stdio: stdioArgsOf(stdio),
      prefix: backend.createPrefix.length > 0 ? backend.createPrefix : ownMounts(),
      exitCommand,
      restore: { images, flags: [...criuFlags(options), `--work-path=${folder.criuFolder}`] },
    });
    const action = `restore task ${layout.id}`;
    const { limit } = criuPatience;
    const { id, namespace } = layout;
    const launched = await launch({
      action,
      conmon: backend.conmon,
      args,
      folder,
      stdio,
      id,
      namespace,
      signal,
      limit,
    });
    writeRecord(folder.record, { ...record, ...launched, phase: 'started', launcher: null });
  } catch (error) {
    await takeBack(layout, added);
    throw withComplaint(error, folder.criuFolder, 'restore.log');
  }
}

/**
 * Runtimes mount the root file system beside their state while they restore. One that is killed on its way leaves the
 * mount, and whoever removes its state then removes what is mounted: so it is in a namespace that ends with the runtime.
 */
function ownMounts(): readonly string[] {
  const unshare = findProgram('unshare');
  if (unshare !== undefined) return [unshare, '--mount', '--propagation', 'slave', '--'];
  throw new UnavailableError('unshare is not there, and restores need it: apt-get install util-linux');
}

/** After a restore that failed, was given up, or was left by a caller who is gone. */
export async function takeBack(layout: TaskLayout, record: ProcessRecord): Promise<ProcessRecord> {
  await removeContainer(layout, record);
  removeTraces(layout.process);
  removeEmptyFolder(join(layout.bundle, crunsMountPoint));
  const added: ProcessRecord = { ...record, phase: 'added', launcher: null, process: null, monitor: null };
  writeRecord(layout.process.record, added);
  return added;
}

/** Whatever a launch has made so far: monitor, container, cgroup. */
export async function removeContainer(layout: TaskLayout, record: ProcessRecord): Promise<void> {
  await killLaunch(layout.process);
  const line = runtimeLine(layout, record);
  const action = `remove what was left of task ${layout.id}`;
  const args = runtimeArgs.delete(line, layout.id, true);
  await callRuntime({ action, line, args }, { limit: runtimeLimits.cleanUp }).catch((error: unknown) => {
    // Whoever is in a cgroup of ours is ended without the runtime's help, should that hang, or be none.
    if (!record.ownCgroup?.startsWith('/')) throw error;
  });
  // A runtime that was killed early may have left a folder that it does not take for a container.
  rmSync(join(layout.runtimeRoot, layout.id), { recursive: true, force: true });
  if (record.ownCgroup !== null) await removeCgroup(record.ownCgroup);
}

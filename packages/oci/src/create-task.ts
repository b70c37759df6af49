/** Creates a task: all of it, or nothing. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  AlreadyExistsError,
  type CreateOpts,
  FailedPreconditionError,
  InvalidArgumentError,
  UnavailableError,
} from '@shiplog/core';
import { conmonCreateArgs } from './args.js';
import { type Backend, runtimeLine } from './backend.js';
import { completeSpec, parseSpec, writeSecret } from './bundle.js';
import { mayMakeCgroups, ownCgroup } from './cgroup.js';
import { claimFolder, isDraft, removeFolder } from './claim.js';
import { findProgram } from './find-program.js';
import { readImages } from './images.js';
import { monitorFiles, type ProcessFolder, type TaskLayout } from './layout.js';
import { launch, stdioArgsOf } from './monitor.js';
import { assertSupported, type OciOptions, optionsOf } from './options.js';
import { blankRecord, launchedNow, type ProcessRecord, writeRecord } from './record.js';
import { removeContainer, withOutsideFolders } from './restore-task.js';
import type { OciSpec } from './spec/oci-spec.js';
import { assertProgram } from './spec/program-check.js';
import { assertSameTerminal, completeStdio, planStdio } from './stdio.js';

/**
 * Creates the container and leaves it waiting for its start.
 *
 * @throws AlreadyExistsError if the namespace has a task of that ID
 */
export async function createTask(
  backend: Backend,
  layout: TaskLayout,
  opts: CreateOpts,
  signal: AbortSignal | undefined,
): Promise<void> {
  // 1. Everything that can be wrong with what was asked, before anything is touched.
  assertSupported(opts);
  const options = optionsOf(opts);
  const io = completeStdio(opts.io);
  const given = parseSpec(opts.spec);
  const stdio = planStdio(io);
  assertSameTerminal(io, given.process ?? {});
  const systemdCgroup = options.systemdCgroup ?? backend.systemdCgroup;
  const cgroupsPath = mayMakeCgroups(systemdCgroup)
    ? ownCgroup(backend.stateDir, layout.namespace, layout.id, systemdCgroup, parentOf(options, systemdCgroup))
    : null;
  if (cgroupsPath === null) assertNoLimits(given, layout.id);
  const spec = completeSpec({ layout, spec: given, rootfs: opts.rootfs ?? [], cgroupsPath });
  const action = `create task ${layout.id}`;
  if (spec.process && !opts.checkpoint) assertProgram(action, spec, spec.process);
  const exitCommand = options.exitCommand ?? [];
  const record = blankRecord({
    io,
    binary: binaryOf(backend, options.binary),
    systemdCgroup,
    ownCgroup: given.linux?.cgroupsPath === undefined ? cgroupsPath : null,
    phase: 'launching',
    ...launchedNow(),
  });
  if (opts.checkpoint) return addTask(backend, layout, { record, spec, images: opts.checkpoint, exitCommand });

  // 2. The task is ours from here on.
  claim(layout, record);
  const { process: folder } = layout;
  try {
    writeSecret(layout.configFile, spec);
    mkdirSync(layout.runtimeRoot, { recursive: true, mode: 0o700 });

    // 3. The monitor creates the container.
    const args = conmonCreateArgs({
      runtime: runtimeLine(layout, record),
      id: layout.id,
      folder: layout.bundle,
      pidFile: folder.pidFile,
      exitDir: folder.exitDir,
      runtimeLog: folder.runtimeLog,
      stdio: stdioArgsOf(stdio),
      prefix: backend.createPrefix,
      exitCommand,
    });
    const { id, namespace } = layout;
    const launched = await launch({ action, conmon: backend.conmon, args, folder, stdio, id, namespace, signal });
    writeRecord(folder.record, { ...record, ...launched, phase: 'created', launcher: null });
  } catch (error) {
    // What cannot be taken back now keeps its record, and a delete takes it; what went wrong first is what counts.
    await abandonTask(layout, record).catch(() => undefined);
    throw error;
  }
}

/** @throws InvalidArgumentError if the other driver would take it for something else */
function parentOf({ cgroupParent }: OciOptions, systemd: boolean): string | undefined {
  if (cgroupParent === undefined || cgroupParent.startsWith('/') !== systemd) return cgroupParent;
  const wanted = systemd ? 'a slice, such as user.slice' : 'an absolute path, such as /work';
  throw new InvalidArgumentError(`the cgroup parent ${JSON.stringify(cgroupParent)} is not valid: give ${wanted}`);
}

/** crun passes over what it has no cgroup for. */
function assertNoLimits({ linux }: OciSpec, id: string): void {
  const { devices: _devices, ...limits } = linux?.resources ?? {};
  const [limit] = Object.keys(limits);
  if (limit === undefined || linux?.cgroupsPath !== undefined) return;
  throw new FailedPreconditionError(
    `cannot limit ${limit} of task ${id}: a task of a user who is not root has no cgroup here; leave the limits out, or run as root`,
    { details: { task: id, limit } },
  );
}

interface ToRestore {
  readonly record: ProcessRecord;
  readonly spec: OciSpec;
  readonly images: string;
  readonly exitCommand: readonly string[];
}

/** As containerd's, a task from a checkpoint is only written down: its start restores it. */
async function addTask(
  { criu, bindsOutsideFolders }: Backend,
  layout: TaskLayout,
  { record, spec, images, exitCommand }: ToRestore,
): Promise<void> {
  const { outsideFolders } = readImages(images);
  await criu.assertWorks(record.binary);
  claim(layout, { ...record, phase: 'added', launcher: null, restore: { images, exitCommand } });
  try {
    writeSecret(layout.configFile, bindsOutsideFolders ? withOutsideFolders(spec, layout, outsideFolders) : spec);
    mkdirSync(layout.runtimeRoot, { recursive: true, mode: 0o700 });
  } catch (error) {
    removeFolders(layout);
    throw error;
  }
}

function binaryOf(backend: Backend, asked: string | undefined): string {
  if (asked === undefined) return backend.binary;
  const binary = findProgram(asked);
  if (binary !== undefined) return binary;
  throw new UnavailableError(`the OCI runtime ${asked} is not there; install it, or name another in the options`, {
    details: { program: asked },
  });
}

function claim(layout: TaskLayout, record: ProcessRecord): void {
  const details = { task: layout.id };
  if (!existsSync(layout.bundle)) {
    throw new FailedPreconditionError(`the bundle ${layout.bundle} of task ${layout.id} is not there`, { details });
  }
  const isOurs = claimFolder(layout.process.path, (path) => {
    writeRecord(join(path, 'record.json'), record);
    mkdirSync(join(path, 'exit'), { mode: 0o700 });
  });
  if (isOurs) return;
  throw new AlreadyExistsError(`task ${layout.id} already exists; delete it first, or use another ID`, { details });
}

/**
 * Takes back a create that failed, was given up, or was left by a caller who is gone: no monitor, no container, no
 * cgroup and no file of ours is left.
 */
export async function abandonTask(layout: TaskLayout, record: ProcessRecord): Promise<void> {
  // Whatever fails from here on, the next delete need not wait for us.
  writeRecord(layout.process.record, { ...record, launcher: null });
  await removeContainer(layout, record);
  removeEmptyLog(layout.process);
  removeFolders(layout);
}

function removeEmptyLog(folder: ProcessFolder): void {
  if (statSync(folder.logFile, { throwIfNoEntry: false })?.size === 0) rmSync(folder.logFile, { force: true });
}

/** Everything of ours in the bundle. What says that there is a task goes last. */
export function removeFolders(layout: TaskLayout): void {
  removeFolder(layout.execsDir);
  const drafts = readdirSync(layout.bundle).filter(isDraft);
  const files = [...monitorFiles, ...drafts].map((name) => join(layout.bundle, name));
  for (const path of [layout.configFile, ...files]) rmSync(path, { recursive: true, force: true });
  removeFolder(layout.process.path);
}

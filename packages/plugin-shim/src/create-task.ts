/** Creates a task: all of it, or nothing. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AlreadyExistsError,
  abortError,
  type CreateOpts,
  FailedPreconditionError,
  InvalidArgumentError,
  NotImplementedError,
} from '@shiplog/core';
import {
  assertProgram,
  assertSameTerminal,
  claimFolder,
  completeSpec,
  completeStdio,
  endKeeper,
  identityOf,
  isDraft,
  mayMakeCgroups,
  monitorFiles,
  namesIn,
  type OciSpec,
  ourselves,
  ownCgroup,
  parseSpec,
  planStdio,
  removeCgroup,
  removeFolder,
  type TaskLayout,
  writeSecret,
} from '@shiplog/oci';
import type { ShimBackend } from './backend.js';
import { type Bootstrap, newestTaskApi, type TaskApiVersion, toAny } from './bootstrap.js';
import { assertCanCheckpoint } from './checkpoint-task.js';
import { logFileOf, shimFilesIn } from './layout.js';
import { type ShimRef, type TaskRecord, writeJson } from './record.js';
import { findShim } from './shim-binary.js';
import { callShim, metadataOf } from './shim-call.js';
import { killShims, runShimDelete, startShim } from './start-shim.js';
import { openShimStdio } from './stdio.js';
import { taskOptionsOf } from './task-options.js';

/**
 * Starts the shim and has it create the container, which waits for its start.
 *
 * @throws AlreadyExistsError if the namespace has a task of that ID
 */
export async function createTask(
  backend: ShimBackend,
  layout: TaskLayout,
  opts: CreateOpts,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal?.aborted) throw abortError(signal, 'it began');
  // 1. Everything that can be wrong with what was asked, before anything is touched.
  const { id, namespace, process: folder } = layout;
  const action = `create task ${id}`;
  const { runtime = '', address = '' } = opts;
  const binary = address === '' ? findShim(runtime, backend.folder) : '';
  const { oci, any } = taskOptionsOf(binary, opts, join(backend.stateDir, '.root'));
  const io = completeStdio(opts.io);
  const given = parseSpec(opts.spec);
  const plan = planStdio(io);
  assertSameTerminal(io, given.process ?? {});
  const said = versionOf(opts);
  const systemdCgroup = oci.systemdCgroup ?? false;
  const cgroupsPath = mayMakeCgroups(systemdCgroup)
    ? ownCgroup(backend.stateDir, namespace, id, systemdCgroup, oci.cgroupParent)
    : null;
  const spec = grouped(completeSpec({ layout, spec: given, rootfs: opts.rootfs ?? [], cgroupsPath }), opts.sandboxId);
  if (opts.checkpoint) await assertCanCheckpoint(backend, binary);
  else if (spec.process) assertProgram(action, spec, spec.process);
  let record: TaskRecord = {
    version: 1,
    io,
    phase: 'launching',
    launcher: ourselves(),
    process: null,
    shim: {
      runtime,
      binary,
      address,
      version: said ?? newestTaskApi,
      protocol: 'ttrpc',
      pid: 0,
      isShared: Boolean(opts.sandboxId) || address !== '' || isGrouped(spec),
    },
    ownCgroup: given.linux?.cgroupsPath === undefined ? cgroupsPath : null,
  };

  // 2. The task is ours from here on.
  claim(layout, record);
  try {
    writeSecret(layout.configFile, spec);
    writeFileSync(logFileOf(layout), '', { mode: 0o600 });
    await backend.events.serve();

    // 3. The shim, and what it needs for the process.
    const bootstrap =
      address === '' ? await startShim(backend, layout, { binary, options: any }, signal) : external(address, said);
    record = await withShim(backend, layout, record, bootstrap);
    const exitCommand = oci.exitCommand ?? [];
    const conmon = backend.conmon;
    using opened = await openShimStdio(plan, io, { action, conmon, folder, id, namespace, exitCommand, signal });
    const { shim } = record;
    const { pid } = await callShim({
      ...{ backend, layout, shim, action, kind: 'change', signal },
      call: (api, options) =>
        api.create(
          {
            id,
            bundle: layout.bundle,
            ...opened.stdio,
            ...(opts.checkpoint && { checkpoint: opts.checkpoint }),
            ...(any && { options: toAny(any) }),
          },
          options,
        ),
    });
    record = { ...record, phase: 'created', launcher: null, process: pid === 0 ? null : identityOf(pid) };
    writeJson(folder.record, record);
    if (opened.endsItself) await letGoOfStdin(backend, layout, record, '');
  } catch (error) {
    // What cannot be taken back now keeps its record, and a delete takes it; what went wrong first is what counts.
    await abandonTask(backend, layout, record).catch(() => undefined);
    throw error;
  }
}

/** The keeper holds the fifo open; the shim's own end would be one that nobody closes. */
export async function letGoOfStdin(
  backend: ShimBackend,
  layout: TaskLayout,
  { shim }: TaskRecord,
  execId: string,
): Promise<void> {
  const action = `open the stdin of ${execId || layout.id}`;
  await callShim({
    ...{ backend, layout, shim, action, kind: 'change', signal: undefined },
    call: (api, options) => api.closeIO({ id: layout.id, execId, stdin: true }, options),
  });
}

function versionOf({ address, version }: CreateOpts): TaskApiVersion | undefined {
  if (!version) return undefined;
  if (!address) {
    throw new InvalidArgumentError('version is that of the server at an address: give the address, or leave it out');
  }
  if (version === 2 || version === 3) return version;
  throw new NotImplementedError(`version ${version} of the Task API is not known here: give 2 or 3`);
}

function external(address: string, version: TaskApiVersion | undefined): Bootstrap {
  return { address, protocol: 'ttrpc', version };
}

/** Written down as soon as it is known, so that it is found whatever becomes of us. */
async function withShim(
  { connections }: ShimBackend,
  layout: TaskLayout,
  record: TaskRecord,
  { address, protocol, version }: Bootstrap,
): Promise<TaskRecord> {
  if (protocol !== 'ttrpc') {
    throw new NotImplementedError(`the shim at ${address} speaks ${protocol}: only ttrpc is spoken here`);
  }
  const write = (shim: ShimRef): TaskRecord => {
    const known = { ...record, shim };
    writeJson(layout.process.record, known);
    return known;
  };
  const found = write({ ...record.shim, address, protocol, version: version ?? record.shim.version });
  const server = await connections.negotiate(address, version, layout.id, { metadata: metadataOf(layout) });
  return write({ ...found.shim, ...server });
}

const groupLabels = ['io.containerd.runc.v2.group', 'io.kubernetes.cri.sandbox-id'] as const;

/** The annotations by which shims know what belongs together; those of the spec win. */
function grouped(spec: OciSpec, sandboxId: string | undefined): OciSpec {
  if (!sandboxId || isGrouped(spec)) return spec;
  const labels = Object.fromEntries(groupLabels.map((label) => [label, sandboxId]));
  return { ...spec, annotations: { ...spec.annotations, ...labels } };
}

function isGrouped({ annotations = {} }: OciSpec): boolean {
  return groupLabels.some((label) => annotations[label] !== undefined);
}

function claim(layout: TaskLayout, record: TaskRecord): void {
  const details = { task: layout.id };
  if (!existsSync(layout.bundle)) {
    throw new FailedPreconditionError(`the bundle ${layout.bundle} of task ${layout.id} is not there`, { details });
  }
  const isOurs = claimFolder(layout.process.path, (path) => {
    writeJson(join(path, 'record.json'), record);
    mkdirSync(join(path, 'exit'), { mode: 0o700 });
  });
  if (isOurs) return;
  throw new AlreadyExistsError(`task ${layout.id} already exists; delete it first, or use another ID`, { details });
}

/** Takes back a create that failed, was given up, or was left by a caller who is gone. */
export async function abandonTask(backend: ShimBackend, layout: TaskLayout, record: TaskRecord): Promise<void> {
  // Whatever fails from here on, the next delete need not wait for us.
  writeJson(layout.process.record, { ...record, launcher: null });
  await endShim(backend, layout, record);
  await removeTraces(layout, record);
}

/** Milliseconds. */
const shutdownLimit = 5000;

/** Ends a task's shim, whatever the shim has to say, and what of the task runs. A shared one stays for the others. */
export async function endShim(backend: ShimBackend, layout: TaskLayout, { shim }: TaskRecord): Promise<void> {
  const { id } = layout;
  const ask = async (what: 'kill' | 'delete' | 'shutdown'): Promise<void> => {
    if (shim.address === '') return;
    const requests = { kill: { id, signal: 9, all: true }, delete: { id }, shutdown: { id, now: true } } as const;
    await callShim<unknown>({
      ...{
        backend,
        layout,
        shim,
        action: `${what} task ${id}`,
        kind: 'query',
        signal: AbortSignal.timeout(shutdownLimit),
      },
      call: (api, options) => api[what](requests[what] as never, options),
    }).catch(() => undefined);
  };
  await ask('kill');
  await ask('delete');
  if (shim.binary === '') return;
  if (!shim.isShared) {
    await ask('shutdown');
    killShims(backend, layout);
  }
  await runShimDelete(backend, layout, shim).catch(() => undefined);
}

/** Everything of ours on the host. What says that there is a task goes last. */
export async function removeTraces(layout: TaskLayout, { ownCgroup: cgroup }: TaskRecord): Promise<void> {
  await endKeeper(layout.process);
  if (cgroup !== null) await removeCgroup(cgroup);
  removeFolder(layout.execsDir);
  const drafts = namesIn(layout.bundle).filter(isDraft);
  const names = [...monitorFiles, ...drafts].map((name) => join(layout.bundle, name));
  for (const path of [layout.configFile, ...shimFilesIn(layout), ...names])
    rmSync(path, { recursive: true, force: true });
  removeFolder(layout.process.path);
}

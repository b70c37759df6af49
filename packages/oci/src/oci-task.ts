import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type Attachment,
  type AttachOpts,
  type CallContext,
  type ConsoleSize,
  type ExecOpts,
  type ExecProcess,
  type Exit,
  FailedPreconditionError,
  isShiplogError,
  type KillOpts,
  type Namespace,
  NotImplementedError,
  ProcessFinishedError,
  type ProcessInfo,
  type ProcessState,
  parseExecId,
  type Status,
  type Task,
  type TaskId,
  TaskNotFoundError,
  type TypedAny,
} from '@shiplog/core';
import { type RuntimeLine, runtimeArgs } from './args.js';
import { type AttachTarget, attachTo, closeInput } from './attach.js';
import { type Backend, callRuntime, queryRuntime, type RuntimeCall, runtimeLine, signalIn } from './backend.js';
import { parseResources, writeSecret } from './bundle.js';
import { checkpointOptionsOf } from './checkpoint-options.js';
import { checkpointTask } from './checkpoint-task.js';
import { addExec, findExec, listExecs } from './exec-folder.js';
import { exitOf, isOomKilled, WatchedProcess } from './exit.js';
import { isAlive, isEnding } from './host-process.js';
import { killTask } from './kill-task.js';
import type { TaskLayout } from './layout.js';
import { atRest, statusOf } from './liveness.js';
import { isRefusal } from './oci-error.js';
import { OciExec } from './oci-exec.js';
import { parsePids } from './parse.js';
import { type ProcessRecord, readRecord, writeRecord } from './record.js';
import { assertRestored, restoreTask } from './restore-task.js';
import { assertSignal } from './signals.js';
import { storageError } from './small-file.js';
import { startContainer } from './start-container.js';
import { cgroupFoldersOf } from './stats/cgroup-folders.js';
import { readMetrics } from './stats/read-metrics.js';
import { resizeTerminal } from './terminal.js';
import { planUpdate } from './update/verify-update.js';
import { assertCgroup, hasNoCgroup, processesLike } from './without-cgroup.js';

type IdArgs = (line: RuntimeLine, id: TaskId) => readonly string[];

/** A task of an OCI backend. It keeps nothing in memory: what it says is read from the machine each time. */
export class OciTask implements Task {
  readonly #backend: Backend;
  readonly #layout: TaskLayout;

  constructor(backend: Backend, layout: TaskLayout) {
    this.#backend = backend;
    this.#layout = layout;
  }

  get id(): TaskId {
    return this.#layout.id;
  }

  get namespace(): Namespace {
    return this.#layout.namespace;
  }

  async state(context?: CallContext): Promise<ProcessState> {
    const record = this.#record();
    const pid = record.process?.pid ?? 0;
    const exit = this.#exit(record);
    const known = { ...record.io, pid, ...(isOomKilled(this.#layout.process) && { oomKilled: true }) };
    if (exit) return { ...known, status: 'stopped', exit };
    const status = await statusOf(this.#layout, record, signalIn(context));
    if (status === 'stopped') return { ...known, status, exit: await this.wait(context) };
    return { ...known, status };
  }

  async pid(): Promise<number> {
    return this.#record().process?.pid ?? 0;
  }

  async start(context?: CallContext): Promise<void> {
    const record = this.#record();
    if (record.phase === 'started') this.#refuse(this.#exit(record) ? 'stopped' : 'running', 'start');
    if (record.restore) {
      return restoreTask(this.#backend, this.#layout, { ...record, restore: record.restore }, signalIn(context));
    }
    try {
      await startContainer(this.#runtimeCall('start', runtimeArgs.start, record, context), record.process);
    } catch (error) {
      // One that it was ended in speaks for itself.
      await this.#throwIfNot(['created'], 'start', error);
      throw error;
    }
    writeRecord(this.#layout.process.record, { ...record, phase: 'started' });
  }

  /** Where it is something else by now, a runtime has refused it for that, in words that go by how far it came. */
  async #throwIfNot(allowed: readonly Status[], verb: string, error: unknown): Promise<void> {
    if (!isRefusal(error)) return;
    const { status } = await this.state();
    if (!allowed.includes(status)) this.#refuse(status, verb, error);
    const { process } = this.#record();
    if (process && isEnding(process)) this.#refuse('stopped', verb, error);
  }

  async kill(signal: number, { all = false }: KillOpts = {}, context?: CallContext): Promise<void> {
    assertSignal(signal);
    const record = this.#record();
    if (this.#exit(record)) throw new ProcessFinishedError(this.id, '');
    this.#assertProcess(record, 'kill');
    await killTask(this.#layout, record, { signal, all }, signalIn(context));
  }

  async pause(context?: CallContext): Promise<void> {
    const { status } = await this.state(context);
    if (status !== 'running') this.#refuse(status, 'pause');
    assertCgroup(this.#record(), this.id, 'pause');
    await this.#call('pause', ['running'], runtimeArgs.pause, context);
  }

  async resume(context?: CallContext): Promise<void> {
    const { status } = await this.state(context);
    if (status !== 'paused' && status !== 'pausing') this.#refuse(status, 'resume');
    await this.#call('resume', ['paused', 'pausing'], runtimeArgs.resume, context);
  }

  async update(resources: TypedAny, context?: CallContext): Promise<void> {
    const value = parseResources(resources);
    const record = this.#record();
    if (this.#exit(record)) this.#refuse('stopped', 'update');
    this.#assertProcess(record, 'update');
    assertCgroup(record, this.id, 'update');
    const folders = cgroupFoldersOf(record.process?.pid ?? 0, record.ownCgroup) ?? this.#refuse('stopped', 'update');
    const isThere = () => record.process !== null && isAlive(record.process) && !isEnding(record.process);
    const plan = planUpdate(this.id, value, folders, isThere) ?? this.#refuse('stopped', 'update');
    const file = join(this.#layout.process.path, `resources-${randomUUID()}`);
    writeSecret(file, value);
    try {
      const allowed = ['created', 'running', 'pausing', 'paused'] as const;
      await this.#call('update', allowed, (line, id) => runtimeArgs.update(line, id, file), context);
    } finally {
      rmSync(file, { force: true });
    }
    const ignored = plan.notInEffect();
    if (ignored.length === 0 || !isThere()) return;
    const runtime = basename(record.binary);
    throw new NotImplementedError(
      `cannot update ${ignored.join(', ')} of task ${this.id}: ${runtime} left it as it was; all else that was asked for is done`,
      { details: { task: this.id, fields: ignored } },
    );
  }

  async pids(context?: CallContext): Promise<readonly ProcessInfo[]> {
    const record = this.#record();
    if (this.#exit(record) || record.process === null) return [];
    const pids = hasNoCgroup(record)
      ? processesLike(record.process.pid)
      : parsePids(await queryRuntime(this.#runtimeCall('list the processes of', runtimeArgs.ps, record, context)));
    const execs = new Map<number, string>();
    for (const { id, process } of listExecs(this.#backend, this.#layout)) {
      if (process && isAlive(process)) execs.set(process.pid, id);
    }
    return pids.map((pid) => {
      const execId = execs.get(pid);
      return execId === undefined ? { pid } : { pid, execId };
    });
  }

  async exec(id: string, opts: ExecOpts, context?: CallContext): Promise<ExecProcess> {
    const execId = parseExecId(id);
    const { status } = await this.state(context);
    if (status !== 'created' && status !== 'running') this.#refuse(status, 'exec in');
    this.#assertProcess(this.#record(), 'exec in');
    try {
      addExec(this.#backend, this.#layout, this.#record(), execId, opts);
    } catch (error) {
      throw storageError(error, this.#layout.execsDir);
    }
    return new OciExec(this.#backend, this.#layout, execId);
  }

  async process(id: string, context?: CallContext): Promise<ExecProcess> {
    const execId = parseExecId(id);
    this.#record();
    await findExec(this.#backend, this.#layout, execId, signalIn(context));
    return new OciExec(this.#backend, this.#layout, execId);
  }

  async wait(context?: CallContext): Promise<Exit> {
    let awaited: ProcessRecord['process'] = null;
    const read = (): ProcessRecord => {
      const record = this.#record();
      // A later task of the same ID has an exit of its own; one that waits for its restore gets its process then.
      if (awaited !== null && !isDeepStrictEqual(record.process, awaited)) throw new TaskNotFoundError(this.id);
      awaited = record.process;
      return record;
    };
    return new WatchedProcess(this.#layout.process, read).exit(signalIn(context));
  }

  oom(context?: CallContext): Promise<boolean> {
    return new WatchedProcess(this.#layout.process, () => this.#record()).oom(signalIn(context));
  }

  async attach(opts: AttachOpts = {}): Promise<Attachment> {
    return attachTo(this.#target('attach to'), opts);
  }

  async resizePty(size: ConsoleSize): Promise<void> {
    const { io, name } = this.#target('resize the terminal of');
    if (!io.terminal) throw new FailedPreconditionError(`cannot resize the terminal of ${name}: it has none`);
    this.#assertProcess(this.#record(), 'resize the terminal of');
    await resizeTerminal(this.#layout.process, size);
  }

  async closeIO(): Promise<void> {
    await closeInput(this.#target('close the stdin of'));
  }

  #target(verb: string): AttachTarget {
    const record = this.#record();
    const { io, process } = record;
    if (this.#exit(record)) this.#refuse('stopped', verb);
    const wait = (context: CallContext) => this.wait(context);
    return { name: `task ${this.id}`, folder: this.#layout.process, io, launched: process !== null, wait };
  }

  async checkpoint(path: string, options?: TypedAny, context?: CallContext): Promise<void> {
    const { status } = await atRest(() => this.state(context), signalIn(context));
    if (status !== 'running' && status !== 'paused') this.#refuse(status, 'checkpoint');
    try {
      await checkpointTask(this.#backend, this.#layout, this.#record(), { path, options }, signalIn(context));
    } catch (error) {
      throw storageError(error, dirname(path));
    }
    // Where it was to end the task, its monitor is about to write the exit.
    if (checkpointOptionsOf(options).exit) await this.wait(context);
  }

  async stats(): Promise<TypedAny> {
    const record = this.#record();
    if (this.#exit(record)) this.#refuse('stopped', 'read the metrics of');
    this.#assertProcess(record, 'read the metrics of');
    assertCgroup(record, this.id, 'read the metrics of');
    const { process, ownCgroup } = record;
    // A process whose exit is about to be written is gone as well.
    return readMetrics(process?.pid ?? 0, ownCgroup) ?? this.#refuse('stopped', 'read the metrics of');
  }

  #assertProcess(record: ProcessRecord, verb: string): void {
    assertRestored(record, `${verb} task ${this.id}`);
  }

  #record(): ProcessRecord {
    const record = readRecord(this.#layout.process.record);
    if (!record) throw new TaskNotFoundError(this.id);
    return record;
  }

  #exit(record: ProcessRecord): Exit | undefined {
    return exitOf(this.#layout.process, record);
  }

  async #call(verb: string, allowed: readonly Status[], args: IdArgs, context: CallContext | undefined): Promise<void> {
    try {
      await callRuntime(this.#runtimeCall(verb, args, this.#record(), context));
    } catch (error) {
      await this.#throwIfNot(allowed, verb, error);
      throw error;
    }
  }

  #runtimeCall(verb: string, args: IdArgs, record: ProcessRecord, context: CallContext | undefined): RuntimeCall {
    const line = runtimeLine(this.#layout, record);
    return { action: `${verb} task ${this.id}`, line, args: args(line, this.id), signal: signalIn(context) };
  }

  #refuse(status: Status, verb: string, cause?: unknown): never {
    const said = isShiplogError(cause) ? ` (${cause.message})` : '';
    throw new FailedPreconditionError(`cannot ${verb} task ${this.id}: it is ${status}${said}`, {
      ...(cause !== undefined && { cause }),
      details: { task: this.id, status },
    });
  }
}

import { constants } from 'node:os';
import { fromBinary } from '@bufbuild/protobuf';
import { ProcessDetailsSchema } from '@shiplog/containerd-api';
import {
  type Attachment,
  type AttachOpts,
  type CallContext,
  type ConsoleSize,
  type ExecOpts,
  type ExecProcess,
  type Exit,
  errorCodeOf,
  FailedPreconditionError,
  type KillOpts,
  type Namespace,
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
import {
  assertSignal,
  identityOf,
  isOomKilled,
  ownStdinReader,
  parseResources,
  storageError,
  type TaskLayout,
  waitForOom,
} from '@shiplog/oci';
import type { CallOptions } from '@shiplog/ttrpc';
import { type ShimBackend, signalIn } from './backend.js';
import { toAny } from './bootstrap.js';
import { checkpointTask } from './checkpoint-task.js';
import type { TaskApi } from './connections.js';
import { addExec, readExec } from './exec-folder.js';
import { exitOf } from './exits.js';
import { askState, awaitExit } from './process-state.js';
import { pidOf, readTaskRecord, type TaskRecord, writeJson } from './record.js';
import { callShim } from './shim-call.js';
import { ShimExec } from './shim-exec.js';
import { attach, closeStdin, outputEnd, type Reachable, resize } from './shim-process.js';
import { metricsOf } from './stats.js';

const { SIGKILL } = constants.signals;

/** A task that a shim has. It keeps nothing in memory: the shim knows, or what lies in the bundle. */
export class ShimTask implements Task {
  readonly #backend: ShimBackend;
  readonly #layout: TaskLayout;

  constructor(backend: ShimBackend, layout: TaskLayout) {
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
    const state = await askState(this.#asked(record, context));
    return { ...record.io, ...state, ...(isOomKilled(this.#layout.process) && { oomKilled: true }) };
  }

  async pid(): Promise<number> {
    return pidOf(this.#record());
  }

  async start(context?: CallContext): Promise<void> {
    const { status } = await this.state(context);
    if (status !== 'created') this.#refuse(status, 'start');
    const record = this.#record();
    const { pid } = await this.#change('start', context, (api, options) => api.start({ id: this.id }, options));
    const process = record.process ?? identityOf(pid);
    writeJson(this.#layout.process.record, { ...record, phase: 'started', process });
  }

  async kill(signal: number, opts: KillOpts = {}, context?: CallContext): Promise<void> {
    assertSignal(signal);
    const { status } = await this.state(context);
    if (status === 'stopped') throw this.#finished();
    const { all = false } = opts;
    try {
      await this.#change('kill', context, (api, options) => api.kill({ id: this.id, signal, all }, options));
    } catch (error) {
      if (errorCodeOf(error) === 'not-found' || exitOf(this.#layout.process)) throw this.#finished();
      throw error;
    }
    // A frozen process does not die before it is thawed; some runtimes see to that themselves.
    if (signal !== SIGKILL || (status !== 'paused' && status !== 'pausing')) return;
    await this.#change('resume', context, (api, options) => api.resume({ id: this.id }, options)).catch(
      () => undefined,
    );
  }

  async pause(context?: CallContext): Promise<void> {
    const { status } = await this.state(context);
    if (status !== 'running') this.#refuse(status, 'pause');
    await this.#change('pause', context, (api, options) => api.pause({ id: this.id }, options));
  }

  async resume(context?: CallContext): Promise<void> {
    const { status } = await this.state(context);
    if (status !== 'paused' && status !== 'pausing') this.#refuse(status, 'resume');
    await this.#change('resume', context, (api, options) => api.resume({ id: this.id }, options));
  }

  async update(resources: TypedAny, context?: CallContext): Promise<void> {
    parseResources(resources);
    const { status } = await this.state(context);
    if (status === 'stopped') this.#refuse(status, 'update');
    const message = { id: this.id, resources: toAny(resources) };
    await this.#change('update', context, (api, options) => api.update(message, options));
  }

  async pids(context?: CallContext): Promise<readonly ProcessInfo[]> {
    const { status } = await this.state(context);
    if (status === 'stopped') return [];
    const { processes } = await this.#query('list the processes of', context, (api, options) =>
      api.pids({ id: this.id }, options),
    );
    return processes.map(({ pid, info }) => {
      const execId = info?.typeUrl.endsWith('ProcessDetails')
        ? fromBinary(ProcessDetailsSchema, info.value).execId
        : '';
      return execId === '' ? { pid } : { pid, execId };
    });
  }

  async exec(id: string, opts: ExecOpts, context?: CallContext): Promise<ExecProcess> {
    const execId = parseExecId(id);
    const { status } = await this.state(context);
    if (status !== 'created' && status !== 'running') this.#refuse(status, 'exec in');
    try {
      addExec(this.#backend, this.#layout, execId, opts);
    } catch (error) {
      throw storageError(error, this.#layout.execsDir);
    }
    return new ShimExec(this.#backend, this.#layout, execId);
  }

  async process(id: string, context?: CallContext): Promise<ExecProcess> {
    const execId = parseExecId(id);
    this.#record();
    await readExec(this.#backend, this.#layout, execId, signalIn(context));
    return new ShimExec(this.#backend, this.#layout, execId);
  }

  async wait(context?: CallContext): Promise<Exit> {
    const record = this.#record();
    const exit = await awaitExit(this.#asked(record, context), () => this.#pidNow(record));
    await outputEnd(this.#layout.process, { io: record.io, pid: record.shim.pid });
    return exit;
  }

  oom(context?: CallContext): Promise<boolean> {
    const { process } = this.#layout;
    return waitForOom(process, () => exitOf(process) !== undefined, signalIn(context));
  }

  async attach(opts: AttachOpts = {}, context?: CallContext): Promise<Attachment> {
    return attach(await this.#reachable('attach to', context), opts);
  }

  async resizePty(size: ConsoleSize, context?: CallContext): Promise<void> {
    await resize(await this.#reachable('resize the terminal of', context), size);
  }

  async closeIO(context?: CallContext): Promise<void> {
    await closeStdin(await this.#reachable('close the stdin of', context));
  }

  async checkpoint(path: string, options?: TypedAny, context?: CallContext): Promise<void> {
    const { status } = await this.state(context);
    if (status !== 'running' && status !== 'paused') this.#refuse(status, 'checkpoint');
    await checkpointTask(this.#backend, this.#layout, this.#record(), { path, options }, signalIn(context));
  }

  async stats(context?: CallContext): Promise<TypedAny> {
    const { status } = await this.state(context);
    if (status === 'stopped') this.#refuse(status, 'read the metrics of');
    const { stats } = await this.#query('read the metrics of', context, (api, options) =>
      api.stats({ id: this.id }, options),
    );
    return metricsOf(stats, this.id);
  }

  async #reachable(verb: string, context: CallContext | undefined): Promise<Reachable> {
    const task = this.#record();
    const { status } = await this.state(context);
    if (status === 'stopped') this.#refuse(status, verb);
    const { process: folder } = this.#layout;
    const wait = (inner: CallContext) => this.wait(inner);
    const isRead = ownStdinReader(pidOf(task));
    const target = { name: `task ${this.id}`, folder, io: task.io, launched: true, isRead, wait };
    return { ...this.#place, task, execId: '', io: task.io, target, signal: signalIn(context) };
  }

  get #place() {
    return { backend: this.#backend, layout: this.#layout };
  }

  #asked(task: TaskRecord, context: CallContext | undefined) {
    return { ...this.#place, task, folder: this.#layout.process, execId: '', signal: signalIn(context) };
  }

  #record(): TaskRecord {
    const record = readTaskRecord(this.#layout.process.record);
    if (!record) throw new TaskNotFoundError(this.id);
    return record;
  }

  /** One that waited for its restore has its process since. */
  #pidNow(record: TaskRecord): number {
    return pidOf(readTaskRecord(this.#layout.process.record) ?? record);
  }

  #query<T>(verb: string, context: CallContext | undefined, call: Call<T>): Promise<T> {
    return this.#call('query', verb, context, call);
  }

  #change<T>(verb: string, context: CallContext | undefined, call: Call<T>): Promise<T> {
    return this.#call('change', verb, context, call);
  }

  #call<T>(kind: 'query' | 'change', verb: string, context: CallContext | undefined, call: Call<T>): Promise<T> {
    const { shim } = this.#record();
    const action = `${verb} task ${this.id}`;
    return callShim({ ...this.#place, shim, action, kind, signal: signalIn(context), call });
  }

  #finished(): ProcessFinishedError {
    return new ProcessFinishedError(this.id, '');
  }

  #refuse(status: Status, verb: string): never {
    throw new FailedPreconditionError(`cannot ${verb} task ${this.id}: it is ${status}`, {
      details: { task: this.id, status },
    });
  }
}

type Call<T> = (api: TaskApi, options: CallOptions) => Promise<T>;

import { readFileSync, rmSync } from 'node:fs';
import {
  type Attachment,
  type AttachOpts,
  type CallContext,
  type ConsoleSize,
  type ExecId,
  ExecNotFoundError,
  type ExecProcess,
  type Exit,
  errorCodeOf,
  FailedPreconditionError,
  type KillOpts,
  marshalAny,
  ProcessFinishedError,
  type ProcessState,
  TaskNotFoundError,
  typeUrls,
} from '@shiplog/core';
import {
  assertProgram,
  assertSignal,
  endKeeper,
  execFolder,
  identityOf,
  type OciProcess,
  type OciSpec,
  ourselves,
  ownStdinReader,
  type ProcessFolder,
  planStdio,
  removeFolder,
  sweepRemoved,
  type TaskLayout,
  untilFound,
} from '@shiplog/oci';
import type { CallOptions } from '@shiplog/ttrpc';
import { type ShimBackend, signalIn } from './backend.js';
import { toAny } from './bootstrap.js';
import type { TaskApi } from './connections.js';
import { letGoOfStdin } from './create-task.js';
import { readExec } from './exec-folder.js';
import { exitOf, unknownExit } from './exits.js';
import { askState, awaitExit } from './process-state.js';
import { type ExecRecord, pidOf, readExecRecord, readTaskRecord, type TaskRecord, writeJson } from './record.js';
import { forgetExec } from './settle.js';
import { callShim } from './shim-call.js';
import { attach, closeStdin, outputEnd, type Reachable, resize } from './shim-process.js';
import { openShimStdio } from './stdio.js';

/** Milliseconds between two looks for what has an event, for a host without a watch to give. */
const lookInterval = 1000;

/**
 * An extra process of a task. Its shim hears of it at its start: until then it is what lies in its folder, for any of us to
 * start, and outlives the shim's memory of it.
 */
export class ShimExec implements ExecProcess {
  readonly id: ExecId;
  readonly #backend: ShimBackend;
  readonly #layout: TaskLayout;
  readonly #folder: ProcessFolder;

  constructor(backend: ShimBackend, layout: TaskLayout, id: ExecId) {
    this.id = id;
    this.#backend = backend;
    this.#layout = layout;
    this.#folder = execFolder(backend, layout, id);
  }

  async state(context?: CallContext): Promise<ProcessState> {
    const record = await this.#settled(context);
    if (record.phase !== 'started') return { ...record.io, status: 'created', pid: pidOf(record) };
    const state = await askState(this.#asked(context));
    // What was started is not created any more; its pid stays the one that it began with.
    const status = state.status === 'created' ? 'running' : state.status;
    return { ...record.io, ...state, status, pid: pidOf(record) };
  }

  async start(context?: CallContext): Promise<void> {
    const signal = signalIn(context);
    const added = await this.#settled(context);
    if (added.phase !== 'added') this.#refuse('start', 'it was started before');
    const task = this.#task();
    await this.#assertTaskRuns(task, signal);
    const action = `start ${this.#name()}`;
    const process = readJson<OciProcess>(this.#folder.processFile);
    assertProgram(action, readJson<OciSpec>(this.#layout.configFile), process);
    writeJson(this.#folder.record, { ...added, phase: 'launching', launcher: ourselves() });
    try {
      await this.#launch({ action, task, added, process, signal });
    } catch (error) {
      await forgetExec(this.#backend, this.#layout, task, this.id);
      await endKeeper(this.#folder);
      writeJson(this.#folder.record, added);
      throw error;
    }
  }

  async #launch({ action, task, added, process, signal }: Launch): Promise<void> {
    const { id, namespace } = this.#layout;
    const { conmon } = this.#backend;
    const options = { action, conmon, folder: this.#folder, id, namespace, exitCommand: [], signal };
    using opened = await openShimStdio(planStdio(added.io), added.io, options);
    const spec = toAny(marshalAny(typeUrls.process, process));
    await this.#change(action, signal, (api, call) => api.exec({ id, execId: this.id, spec, ...opened.stdio }, call));
    const { pid } = await this.#change(action, signal, (api, call) => api.start({ id, execId: this.id }, call));
    writeJson(this.#folder.record, { ...added, phase: 'started', launcher: null, process: identityOf(pid) });
    if (opened.endsItself) await letGoOfStdin(this.#backend, this.#layout, task, this.id).catch(() => undefined);
  }

  async kill(signal: number, _opts?: KillOpts, context?: CallContext): Promise<void> {
    assertSignal(signal);
    const { status } = await this.state(context);
    if (status === 'created') this.#refuse('kill', 'it was not started');
    if (status === 'stopped') throw this.#finished();
    try {
      await this.#change(`kill ${this.#name()}`, signalIn(context), (api, options) =>
        api.kill({ id: this.#layout.id, execId: this.id, signal }, options),
      );
    } catch (error) {
      if (errorCodeOf(error) === 'not-found' || exitOf(this.#folder)) throw this.#finished();
      throw error;
    }
  }

  async wait(context?: CallContext): Promise<Exit> {
    const signal = signalIn(context);
    const look = (): ExecRecord | undefined => {
      const record = readExecRecord(this.#folder.record);
      if (!record) throw new ExecNotFoundError(this.#layout.id, this.id);
      return record.phase === 'started' ? record : undefined;
    };
    await this.#settled(context);
    const { record: file } = this.#folder;
    const record = await untilFound({ file, look, lookInterval, signal, what: 'the process ended' });
    const exit = await awaitExit(this.#asked(context), () => pidOf(record));
    await outputEnd(this.#folder, { io: record.io, pid: this.#task().shim.pid });
    return exit;
  }

  /** Each step may be done again; from the last one on there is no exec, and its ID is free. */
  async delete(context?: CallContext): Promise<Exit> {
    sweepRemoved(this.#layout.execsDir);
    const { phase, io } = await this.#settled(context);
    const { exit = undefined } = phase === 'started' ? await this.state(context) : {};
    if (phase === 'started' && !exit) this.#refuse('delete', 'it is running; kill it and wait for its end first');
    if (phase === 'started') {
      await outputEnd(this.#folder, { io, pid: this.#task().shim.pid });
      await forgetExec(this.#backend, this.#layout, this.#task(), this.id);
    }
    await endKeeper(this.#folder);
    rmSync(this.#folder.logFile, { force: true });
    removeFolder(this.#folder.monitorFolder);
    return exit ?? unknownExit(0, 'it was never started');
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

  async #reachable(verb: string, context: CallContext | undefined): Promise<Reachable> {
    const record = await this.#settled(context);
    const { phase, io } = record;
    if (phase === 'started' && (await this.state(context)).exit) this.#refuse(verb, 'it has ended');
    const wait = (inner: CallContext) => this.wait(inner);
    const target = {
      name: this.#name(),
      folder: this.#folder,
      io,
      launched: phase === 'started',
      isRead: ownStdinReader(pidOf(record)),
      wait,
    };
    const place = { backend: this.#backend, layout: this.#layout, task: this.#task(), execId: this.id };
    return { ...place, io, target, signal: signalIn(context) };
  }

  async #assertTaskRuns(task: TaskRecord, signal: AbortSignal | undefined): Promise<void> {
    const { process: folder } = this.#layout;
    const { status } = await askState({ ...this.#place(task), folder, execId: '', signal });
    if (status === 'stopped') this.#refuse('start', 'the task has ended');
    if (status === 'paused' || status === 'pausing') this.#refuse('start', 'the task is paused; resume it first');
  }

  #place(task: TaskRecord) {
    return { backend: this.#backend, layout: this.#layout, task };
  }

  #asked(context: CallContext | undefined) {
    return { ...this.#place(this.#task()), folder: this.#folder, execId: this.id, signal: signalIn(context) };
  }

  #task(): TaskRecord {
    const record = readTaskRecord(this.#layout.process.record);
    if (!record) throw new TaskNotFoundError(this.#layout.id);
    return record;
  }

  #settled(context: CallContext | undefined): Promise<ExecRecord> {
    return readExec(this.#backend, this.#layout, this.id, signalIn(context));
  }

  #change<T>(action: string, signal: AbortSignal | undefined, call: Call<T>): Promise<T> {
    const { shim } = this.#task();
    return callShim({ backend: this.#backend, layout: this.#layout, shim, action, kind: 'change', signal, call });
  }

  #finished(): ProcessFinishedError {
    return new ProcessFinishedError(this.#layout.id, this.id);
  }

  #name(): string {
    return `exec ${this.id} in task ${this.#layout.id}`;
  }

  #refuse(verb: string, why: string): never {
    throw new FailedPreconditionError(`cannot ${verb} ${this.#name()}: ${why}`, {
      details: { task: this.#layout.id, exec: this.id },
    });
  }
}

type Call<T> = (api: TaskApi, options: CallOptions) => Promise<T>;

interface Launch {
  readonly action: string;
  readonly task: TaskRecord;
  readonly added: ExecRecord;
  readonly process: OciProcess;
  readonly signal: AbortSignal | undefined;
}

/** Of ours: written whole, by `writeSecret`. */
function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

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
  errorMessageOf,
  FailedPreconditionError,
  type KillOpts,
  ProcessFinishedError,
  type ProcessState,
} from '@shiplog/core';
import { conmonExecArgs } from './args.js';
import { type AttachTarget, attachTo, closeInput } from './attach.js';
import { type Backend, runtimeLine, signalIn } from './backend.js';
import { freezingOf } from './cgroup.js';
import { removeFolder, sweepRemoved } from './claim.js';
import { findExec } from './exec-folder.js';
import { exitOf, neverRan, WatchedProcess } from './exit.js';
import { identityInFile, isAlive, isEnding, killQuietly } from './host-process.js';
import { execFolder, type ProcessFolder, type TaskLayout } from './layout.js';
import { runningStatus } from './liveness.js';
import { killLaunch, launch, removeTraces, stdioArgsOf } from './monitor.js';
import { isOfRuntime, unknownFailure } from './oci-error.js';
import { parsePid } from './parse.js';
import { launchedNow, type ProcessRecord, readRecord, writeRecord } from './record.js';
import { assertSignal } from './signals.js';
import { readIfThere, systemCodeOf } from './small-file.js';
import type { OciProcess, OciSpec } from './spec/oci-spec.js';
import { assertProgram } from './spec/program-check.js';
import { planStdio } from './stdio.js';
import { resizeTerminal } from './terminal.js';

/** An extra process of a task, with a monitor of its own. Like its task, it keeps nothing in memory. */
export class OciExec implements ExecProcess {
  readonly id: ExecId;
  readonly #backend: Backend;
  readonly #task: TaskLayout;
  readonly #folder: ProcessFolder;

  constructor(backend: Backend, task: TaskLayout, id: ExecId) {
    this.id = id;
    this.#backend = backend;
    this.#task = task;
    this.#folder = execFolder(backend, task, id);
  }

  async state(context?: CallContext): Promise<ProcessState> {
    const record = await this.#settled(context);
    const pid = record.process?.pid ?? 0;
    if (record.phase !== 'started') return { ...record.io, status: 'created', pid };
    const exit = this.#exit();
    return exit ? { ...record.io, status: 'stopped', pid, exit } : { ...record.io, status: runningStatus(pid), pid };
  }

  async start(context?: CallContext): Promise<void> {
    const signal = signalIn(context);
    const added = await this.#settled(context);
    if (added.phase !== 'added') this.#refuse('start', 'it was started before');
    this.#assertTaskRuns();
    const folder = this.#folder;
    const action = `start ${this.#name()}`;
    assertProgram(action, readJson<OciSpec>(this.#task.configFile), readJson<OciProcess>(folder.processFile));
    const record: ProcessRecord = { ...added, phase: 'launching', ...launchedNow() };
    writeRecord(folder.record, record);
    try {
      const stdio = planStdio(record.io);
      const args = conmonExecArgs({
        runtime: runtimeLine(this.#task, record),
        id: this.#task.id,
        folder: folder.monitorFolder,
        pidFile: folder.pidFile,
        exitDir: folder.exitDir,
        runtimeLog: folder.runtimeLog,
        stdio: stdioArgsOf(stdio),
        processFile: folder.processFile,
      });
      const owner = { id: this.id, namespace: this.#task.namespace };
      const launched = await launch({ action, conmon: this.#backend.conmon, args, folder, stdio, ...owner, signal });
      writeRecord(folder.record, { ...record, ...launched, phase: 'started', launcher: null });
    } catch (error) {
      await this.#takeBack(added);
      // Runtimes put it in many words, by how far they came: a namespace that they could not enter, for one.
      if (isOfRuntime(error) && !this.#taskLives()) this.#refuse('start', 'the task has ended', error);
      throw error;
    }
  }

  async kill(signal: number, _opts?: KillOpts, context?: CallContext): Promise<void> {
    assertSignal(signal);
    const { phase, process: target } = await this.#settled(context);
    if (phase !== 'started') this.#refuse('kill', 'it was not started');
    if (this.#exit() || !target || !isAlive(target)) throw this.#finished();
    try {
      process.kill(target.pid, signal);
    } catch (cause) {
      if (systemCodeOf(cause) === 'ESRCH') throw this.#finished();
      throw unknownFailure(`cannot kill ${this.#name()}: ${errorMessageOf(cause)}`, { cause });
    }
  }

  async wait(context?: CallContext): Promise<Exit> {
    await this.#settled(context);
    return new WatchedProcess(this.#folder, () => this.#record()).exit(signalIn(context));
  }

  /** Each step may be done again; from the last one on there is no exec, and its ID is free. */
  async delete(context?: CallContext): Promise<Exit> {
    sweepRemoved(this.#task.execsDir);
    const { phase } = await this.#settled(context);
    const exit = phase === 'started' ? this.#exit() : neverRan('it was never started');
    if (!exit) this.#refuse('delete', 'it is running; kill it and wait for its end first');
    rmSync(this.#folder.logFile, { force: true });
    removeFolder(this.#folder.monitorFolder);
    return exit;
  }

  async attach(opts: AttachOpts = {}, context?: CallContext): Promise<Attachment> {
    return attachTo(await this.#target('attach to', context), opts);
  }

  async resizePty(size: ConsoleSize, context?: CallContext): Promise<void> {
    const { io, launched } = await this.#target('resize the terminal of', context);
    if (!io.terminal) this.#refuse('resize the terminal of', 'it has none');
    if (!launched) this.#refuse('resize the terminal of', 'it was not started');
    await resizeTerminal(this.#folder, size);
  }

  async closeIO(context?: CallContext): Promise<void> {
    await closeInput(await this.#target('close the stdin of', context));
  }

  async #target(verb: string, context: CallContext | undefined): Promise<AttachTarget> {
    const { phase, io } = await this.#settled(context);
    if (this.#exit()) this.#refuse(verb, 'it has ended');
    const wait = (inner: CallContext) => this.wait(inner);
    return { name: this.#name(), folder: this.#folder, io, launched: phase === 'started', wait };
  }

  /** After a start that failed or was given up: nothing of it runs, and it can be started again. */
  async #takeBack(added: ProcessRecord): Promise<void> {
    await killLaunch(this.#folder);
    const { pidFile } = this.#folder;
    const pid = parsePid(readIfThere(pidFile) ?? '');
    if (pid !== undefined && isAlive(identityInFile(pid, pidFile, null))) killQuietly(pid);
    removeTraces(this.#folder);
    writeRecord(this.#folder.record, added);
  }

  #settled(context: CallContext | undefined): Promise<ProcessRecord> {
    return findExec(this.#backend, this.#task, this.id, signalIn(context));
  }

  #exit(): Exit | undefined {
    return exitOf(this.#folder, this.#record());
  }

  #record(): ProcessRecord {
    const record = readRecord(this.#folder.record);
    if (!record) throw new ExecNotFoundError(this.#task.id, this.id);
    return record;
  }

  #assertTaskRuns(): void {
    const task = readRecord(this.#task.process.record);
    if (!task || exitOf(this.#task.process, task)) this.#refuse('start', 'the task has ended');
    if (freezingOf(task.process?.pid ?? 0) !== 'thawed') this.#refuse('start', 'the task is paused; resume it first');
  }

  #taskLives(): boolean {
    const first = readRecord(this.#task.process.record)?.process ?? null;
    return first !== null && isAlive(first) && !isEnding(first);
  }

  #finished(): ProcessFinishedError {
    return new ProcessFinishedError(this.#task.id, this.id);
  }

  #name(): string {
    return `exec ${this.id} in task ${this.#task.id}`;
  }

  #refuse(verb: string, why: string, cause?: unknown): never {
    throw new FailedPreconditionError(`cannot ${verb} ${this.#name()}: ${why}`, {
      ...(cause !== undefined && { cause }),
      details: { task: this.#task.id, exec: this.id },
    });
  }
}

/** Of ours: written whole, by `writeSecret`. */
function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Attachment,
  abortError,
  type CallContext,
  type ExecProcess,
  type Exit,
  FailedPreconditionError,
  InvalidArgumentError,
  type KillOpts,
  NotImplementedError,
  ProcessFinishedError,
  type ProcessInfo,
  type ProcessState,
  SystemClock,
  signalOf,
  type Task,
  TaskNotFoundError,
  type TypedAny,
  unknownExitStatus,
} from '@shiplog/core/plugin';
import { exitOf, isAlive, readIfThere, readRecord, type TaskRecord } from './monitor.ts';

/** How often those who wait look. */
const lookMs = 20;

/** Keeps nothing in memory: any number of processes may use a task at the same time, and none has to stay. */
export class HostTask implements Task {
  readonly id: string;
  readonly namespace: string;
  readonly #folder: string;

  constructor(namespace: string, id: string, folder: string) {
    this.namespace = namespace;
    this.id = id;
    this.#folder = folder;
  }

  async pid(): Promise<number> {
    return this.#record().process.pid;
  }

  async state(): Promise<ProcessState> {
    const record = this.#record();
    const { pid } = record.process;
    const exit = exitOf(this.#folder, record);
    if (exit) return { ...record.io, status: 'stopped', pid, exit };
    return { ...record.io, status: this.#isStarted() ? 'running' : 'created', pid };
  }

  async start(context: CallContext = {}): Promise<void> {
    throwIfAborted(context, 'the task was started');
    const record = this.#record();
    if (this.#isStarted() || exitOf(this.#folder, record)) this.#refuse('start', 'it was started before');
    writeFileSync(join(this.#folder, 'started'), '');
    process.kill(record.process.pid, 'SIGCONT');
  }

  async kill(signal: number, { all = false }: KillOpts = {}): Promise<void> {
    if (!Number.isInteger(signal) || signal < 1 || signal > 64) {
      throw new InvalidArgumentError(`${signal} is no signal: give a number from 1 to 64`);
    }
    const record = this.#record();
    const { pid } = record.process;
    if (exitOf(this.#folder, record) || !isAlive(record.process)) throw new ProcessFinishedError(this.id, '');
    process.kill(all ? -pid : pid, signal);
  }

  async wait(context: CallContext = {}): Promise<Exit> {
    const signal = signalOf(context, Date.now());
    let { pid } = this.#record().process;
    for (;;) {
      if (signal?.aborted) throw abortError(signal, 'the task ended');
      const record = readRecord(this.#folder);
      if (!record) return neverRan(pid);
      pid = record.process.pid;
      const exit = exitOf(this.#folder, record);
      if (exit) return exit;
      await delay(lookMs, undefined, signal ? { signal } : {}).catch(() => undefined);
    }
  }

  /** The processes of its session, which the first one leads. */
  async pids(): Promise<readonly ProcessInfo[]> {
    const { pid } = this.#record().process;
    const pids = readdirSync('/proc').filter((name) => /^[1-9]/.test(name) && sessionOf(name) === pid);
    return pids.map((name) => ({ pid: Number(name) }));
  }

  /** Nothing of it is left on the host afterwards. */
  async delete(): Promise<Exit> {
    const record = this.#record();
    let exit = exitOf(this.#folder, record);
    if (!exit) {
      if (this.#isStarted()) this.#refuse('delete', 'it is running; kill it and wait for its end first');
      await this.kill(9, { all: true }).catch(() => undefined);
      exit = await this.wait();
    }
    // Whoever waits has looked by then.
    await delay(2 * lookMs);
    rmSync(this.#folder, { recursive: true, force: true });
    return exit;
  }

  pause = (): Promise<void> => this.#cannot('pause');
  resume = (): Promise<void> => this.#cannot('resume');
  checkpoint = (): Promise<void> => this.#cannot('checkpoint');
  update = (): Promise<void> => this.#cannot('update');
  resizePty = (): Promise<void> => this.#cannot('resize the terminal of');
  closeIO = (): Promise<void> => this.#cannot('close the stdin of');
  attach = (): Promise<Attachment> => this.#cannot('attach to');
  exec = (): Promise<ExecProcess> => this.#cannot('exec in');
  process = (): Promise<ExecProcess> => this.#cannot('exec in');
  stats = (): Promise<TypedAny> => this.#cannot('count what is used by');

  async #cannot(verb: string): Promise<never> {
    throw new NotImplementedError(`this runtime cannot ${verb} task ${this.id}`);
  }

  #isStarted(): boolean {
    return readIfThere(join(this.#folder, 'started')) !== undefined;
  }

  #record(): TaskRecord {
    const record = readRecord(this.#folder);
    if (!record) throw new TaskNotFoundError(this.id);
    return record;
  }

  #refuse(verb: string, why: string): never {
    throw new FailedPreconditionError(`cannot ${verb} task ${this.id}: ${why}`, { details: { task: this.id } });
  }
}

export function throwIfAborted(context: CallContext | undefined, what: string): void {
  const signal = context && signalOf(context, Date.now());
  if (signal?.aborted) throw abortError(signal, what);
}

const clock = new SystemClock();

function neverRan(pid: number): Exit {
  const evidence = 'it was deleted before its start';
  return { pid, status: unknownExitStatus, timestamp: clock.now(), certainty: 'unknown', evidence };
}

function sessionOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
  } catch {
    return 0;
  }
}

/**
 * A runtime in memory, for what a real one does not do on demand: to fail at a given call, to hang in it, to end a
 * process at a given instant, to forget a task.
 */

import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallContext } from '../../src/kernel/call-context.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { NotFoundError, NotImplementedError } from '../../src/kernel/errors.js';
import type { Attachment } from '../../src/runtime/attachment.js';
import type {
  CreateOpts,
  ExecProcess,
  Exit,
  PlatformRuntime,
  ProcessState,
  Task,
} from '../../src/runtime/platform-runtime.js';
import type { Trace, TraceOpts } from '../../src/runtime/traces.js';
import type { Status } from '../../src/task/state.js';

const clock = new SystemClock();
const noIo = { stdin: '', stdout: '', stderr: '', terminal: false };

const cannotAttach = async (): Promise<Attachment> => {
  throw new NotImplementedError('this runtime cannot attach');
};

export type Hook = () => Promise<void> | void;

class FaultyProcess {
  status: Status = 'created';
  exit: Exit | undefined;
  readonly #ended = Promise.withResolvers<Exit>();

  readonly pid: number;
  readonly #hook: (call: string) => Promise<void>;

  constructor(pid: number, hook: (call: string) => Promise<void>) {
    this.pid = pid;
    this.#hook = hook;
  }

  end(status: number): void {
    if (this.exit) return;
    this.exit = { pid: this.pid, status, timestamp: clock.now(), certainty: 'observed' };
    this.status = 'stopped';
    this.#ended.resolve(this.exit);
  }

  async start(): Promise<void> {
    if (!this.exit) this.status = 'running';
    await this.#hook('start');
  }

  async state(): Promise<ProcessState> {
    const { status, pid, exit } = this;
    return { ...noIo, status, pid, ...(exit && { exit }) };
  }

  async kill(signal: number): Promise<void> {
    await this.#hook('kill');
    if (this.exit) throw new NotFoundError('process already finished');
    this.end(128 + signal);
  }

  async wait(context?: CallContext): Promise<Exit> {
    context?.signal?.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    context?.signal?.addEventListener('abort', () => aborted.reject(context.signal?.reason));
    return Promise.race([this.#ended.promise, aborted.promise]);
  }
}

export class FaultyBackend implements PlatformRuntime {
  readonly id: string;
  /** Where its tasks have their folders; the same for all processes that use it. */
  readonly dir = join(tmpdir(), `shiplog-runtime-${randomUUID()}`);
  readonly calls: string[] = [];
  /** What each process was given, by `TASK` or `TASK/EXEC`. */
  readonly stdio: Record<string, CreateOpts['io']> = {};
  readonly processes = new Map<string, FaultyProcess>();
  readonly execs = new Map<string, FaultyProcess>();
  /** What it has on the host besides its processes; a delete takes away what has the name. */
  left: Trace[] = [];
  readonly #hooks = new Map<string, Hook>();
  #nextPid = 1000;

  constructor(id = 'io.containerd.faulty.v1') {
    this.id = id;
  }

  /** Runs at that call, after what it does: throw, wait, end a process. */
  on(call: string, hook: Hook): void {
    this.#hooks.set(call, hook);
  }

  readonly #hook = async (call: string): Promise<void> => {
    this.calls.push(call);
    await this.#hooks.get(call)?.();
  };

  process(id: string): FaultyProcess {
    const process = this.processes.get(id);
    if (!process) throw new NotFoundError(`no task ${id}`);
    return process;
  }

  async create(id: string, { io }: CreateOpts, context?: CallContext): Promise<Task> {
    this.stdio[id] = io;
    this.#nextPid += 1;
    this.processes.set(id, new FaultyProcess(this.#nextPid, this.#hook));
    await this.#hook('create');
    return this.get(id, context);
  }

  async get(id: string, context?: CallContext): Promise<Task> {
    const process = this.process(id);
    const { hook, backend } = { hook: this.#hook, backend: this };
    const change = (call: string, status: Status) => async () => {
      await hook(call);
      if (!process.exit) process.status = status;
    };
    return {
      id,
      namespace: context?.namespace ?? 'default',
      pid: async () => process.pid,
      start: () => process.start(),
      state: () => process.state(),
      kill: (signal) => process.kill(signal),
      wait: (inner) => process.wait(inner),
      pause: change('pause', 'paused'),
      resume: change('resume', 'running'),
      update: () => hook('update'),
      checkpoint: () => hook('checkpoint'),
      attach: cannotAttach,
      resizePty: () => hook('resizePty'),
      closeIO: () => hook('closeIO'),
      pids: async () => [{ pid: process.pid }],
      stats: async () => ({ typeUrl: 'none', value: new Uint8Array() }),
      exec: async (execId, { io }) => {
        backend.stdio[`${id}/${execId}`] = io;
        await hook('exec');
        backend.execs.set(`${id}/${execId}`, new FaultyProcess(process.pid + 500, hook));
        return backend.#exec(id, execId);
      },
      process: async (execId) => backend.#exec(id, execId),
    };
  }

  #exec(id: string, execId: string): ExecProcess {
    const exec = this.execs.get(`${id}/${execId}`);
    if (!exec) throw new NotFoundError(`no exec ${execId}`);
    return {
      id: execId,
      start: () => exec.start(),
      state: () => exec.state(),
      kill: (signal) => exec.kill(signal),
      wait: (inner) => exec.wait(inner),
      attach: cannotAttach,
      resizePty: () => this.#hook('resizePty'),
      closeIO: () => this.#hook('closeIO'),
      delete: async () => {
        await this.#hook('delete-exec');
        this.execs.delete(`${id}/${execId}`);
        return exec.exit ?? { pid: exec.pid, status: 255, timestamp: clock.now(), certainty: 'unknown' };
      },
    };
  }

  async tasks(): Promise<readonly Task[]> {
    return Promise.all([...this.processes.keys()].map((id) => this.get(id)));
  }

  async traces({ wanted }: TraceOpts): Promise<readonly Trace[]> {
    return this.left.filter(wanted);
  }

  async delete(id: string): Promise<Exit> {
    if (this.left.some(({ task }) => task === id)) await this.#hook('clean');
    this.left = this.left.filter(({ task }) => task !== id);
    const process = this.process(id);
    await this.#hook('delete');
    process.end(137);
    this.processes.delete(id);
    return process.exit as Exit;
  }
}

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AlreadyExistsError,
  type CallContext,
  type CreateOpts,
  type Exit,
  FailedPreconditionError,
  namespaceOf,
  type PlatformRuntime,
  type PluginContext,
  parseTaskId,
  type Task,
  TaskNotFoundError,
  type TasksOpts,
} from '@shiplog/core/plugin';
import {
  type Identity,
  identityOf,
  isAlive,
  isAtGate,
  isBeforeGate,
  launch,
  readIfThere,
  readRecord,
  sandboxPid,
  writeRecord,
} from './monitor.ts';
import { assertProgram, sandboxArgs } from './sandbox.ts';
import { assertSupported, exitCommandOf, outputPath, specOf } from './spec.ts';
import { SandboxedTask, throwIfAborted } from './task.ts';

/** Its own folder in a task's bundle: `STATE/NAMESPACE/TASK/.bubblewrap`. */
const ownFolder = '.bubblewrap';

/** A task is a sandbox of bubblewrap, which keeps it from seeing more of the host than its spec says. */
export class BubblewrapRuntime implements PlatformRuntime {
  readonly id: string;
  readonly #bwrap: string;
  readonly #stateDir: string;
  readonly #rootDir: string;

  constructor(id: string, bwrap: string, { stateDir, rootDir }: Pick<PluginContext<unknown>, 'stateDir' | 'rootDir'>) {
    this.id = id;
    this.#bwrap = bwrap;
    this.#stateDir = stateDir;
    this.#rootDir = rootDir;
  }

  async create(id: string, opts: CreateOpts, context?: CallContext): Promise<Task> {
    const { namespace, folder } = this.#place(id, context);
    throwIfAborted(context, 'the task was created');
    const spec = specOf(opts, dirname(folder));
    assertSupported(opts);
    assertProgram(spec);
    const args = sandboxArgs(this.#bwrap, spec);
    const [stdout, stderr] = [outputPath(opts.io?.stdout), outputPath(opts.io?.stderr)];
    const log = join(this.#rootDir, namespace, id, 'output.log');
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
    mkdirSync(dirname(log), { recursive: true, mode: 0o700 });
    claim(folder, id);
    // Whoever follows the output finds it there.
    writeFileSync(log, '', { flag: 'a', mode: 0o600 });
    let monitor: Identity | undefined;
    try {
      monitor = launch({ folder, args, stdout, stderr, log, onExit: exitCommandOf(opts) });
      const process = await atTheGate(folder, monitor, log, context);
      const io = { stdin: '', stdout: '', stderr: '', terminal: false, ...opts.io };
      writeRecord(folder, { io, process, monitor });
    } catch (error) {
      await destroy(folder, monitor);
      throw error;
    }
    return new SandboxedTask(namespace, id, folder);
  }

  async get(id: string, context?: CallContext): Promise<SandboxedTask> {
    const { namespace, folder } = this.#place(id, context);
    if (!readRecord(folder)) throw new TaskNotFoundError(id);
    return new SandboxedTask(namespace, id, folder);
  }

  async tasks({ all = false }: TasksOpts = {}, context?: CallContext): Promise<readonly Task[]> {
    const namespaces = all ? namesIn(this.#stateDir) : [namespaceOf(context)];
    return namespaces.flatMap((namespace) =>
      namesIn(join(this.#stateDir, namespace))
        .map((id) => ({ id, folder: join(this.#stateDir, namespace, id, ownFolder) }))
        .filter(({ folder }) => readRecord(folder))
        .map(({ id, folder }) => new SandboxedTask(namespace, id, folder)),
    );
  }

  async delete(id: string, context?: CallContext): Promise<Exit> {
    const { folder } = this.#place(id, context);
    // Of a create that was cut short there is no task, but there may be a process.
    if (!readRecord(folder)) await destroy(folder);
    return (await this.get(id, context)).delete();
  }

  #place(id: string, context: CallContext | undefined): { readonly namespace: string; readonly folder: string } {
    const namespace = namespaceOf(context);
    return { namespace, folder: join(this.#stateDir, namespace, parseTaskId(id), ownFolder) };
  }
}

function claim(folder: string, id: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (cause) {
    throw new AlreadyExistsError(`task ${id} already exists; delete it first, or use another ID`, { cause });
  }
}

/** Resolves when the sandbox is made and waits for its start. */
async function atTheGate(folder: string, monitor: Identity, log: string, context?: CallContext): Promise<Identity> {
  for (;;) {
    throwIfAborted(context, 'the task was created');
    const pid = sandboxPid(folder);
    if (isAtGate(pid)) return identityOf(pid);
    if (!isAlive(monitor))
      throw new FailedPreconditionError(`bubblewrap could not make the sandbox: ${lastWords(log)}`);
    await delay(2);
  }
}

function lastWords(log: string): string {
  const line = readIfThere(log)?.trimEnd().split('\n').at(-1) ?? '';
  return line.split(' ').slice(3).join(' ') || 'it said nothing: does this host let its user make a user namespace?';
}

/** Ends what was launched, and removes what is known of it. */
async function destroy(folder: string, monitor?: Identity): Promise<void> {
  // All of the sandbox goes with its first process; before there is one, bubblewrap goes with the monitor.
  while (monitor && sandboxPid(folder) === 0 && isAlive(monitor)) await delay(2);
  const pid = sandboxPid(folder);
  if (isBeforeGate(pid)) killIfThere(pid);
  while (monitor && isAlive(monitor)) await delay(2);
  rmSync(folder, { recursive: true, force: true });
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in between.
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

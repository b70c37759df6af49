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
  kernelState,
  launch,
  readIfThere,
  readRecord,
  writeRecord,
} from './monitor.ts';
import { assertProgram, assertSupported, commandLineOf, exitCommandOf, outputPath } from './options.ts';
import { HostTask, throwIfAborted } from './task.ts';

/** Its own folder in a task's bundle: `STATE/NAMESPACE/TASK/.host`. */
const ownFolder = '.host';

/** A task is a process of the host: nothing keeps it from seeing whatever its user sees. */
export class HostRuntime implements PlatformRuntime {
  readonly id: string;
  readonly #stateDir: string;
  readonly #rootDir: string;

  constructor(id: string, { stateDir, rootDir }: Pick<PluginContext<unknown>, 'stateDir' | 'rootDir'>) {
    this.id = id;
    this.#stateDir = stateDir;
    this.#rootDir = rootDir;
  }

  async create(id: string, opts: CreateOpts, context?: CallContext): Promise<Task> {
    const { namespace, folder } = this.#place(id, context);
    throwIfAborted(context, 'the task was created');
    const line = commandLineOf(opts);
    assertSupported(opts);
    assertProgram(line);
    const [stdout, stderr] = [outputPath(opts.io?.stdout), outputPath(opts.io?.stderr)];
    const log = join(this.#rootDir, namespace, id, 'output.log');
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
    mkdirSync(dirname(log), { recursive: true, mode: 0o700 });
    claim(folder, id);
    // Whoever follows the output finds it there.
    writeFileSync(log, '', { flag: 'a', mode: 0o600 });
    let monitor: Identity | undefined;
    try {
      monitor = launch({ folder, ...line, stdout, stderr, log, onExit: exitCommandOf(opts) });
      const process = await atTheGate(folder, monitor, context);
      const io = { stdin: '', stdout: '', stderr: '', terminal: false, ...opts.io };
      writeRecord(folder, { io, process, monitor });
    } catch (error) {
      await destroy(folder, monitor);
      throw error;
    }
    return new HostTask(namespace, id, folder);
  }

  async get(id: string, context?: CallContext): Promise<HostTask> {
    const { namespace, folder } = this.#place(id, context);
    if (!readRecord(folder)) throw new TaskNotFoundError(id);
    return new HostTask(namespace, id, folder);
  }

  async tasks({ all = false }: TasksOpts = {}, context?: CallContext): Promise<readonly Task[]> {
    const namespaces = all ? namesIn(this.#stateDir) : [namespaceOf(context)];
    return namespaces.flatMap((namespace) =>
      namesIn(join(this.#stateDir, namespace))
        .map((id) => ({ id, folder: join(this.#stateDir, namespace, id, ownFolder) }))
        .filter(({ folder }) => readRecord(folder))
        .map(({ id, folder }) => new HostTask(namespace, id, folder)),
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

/** Resolves when the process waits for its start. */
async function atTheGate(folder: string, monitor: Identity, context?: CallContext): Promise<Identity> {
  for (;;) {
    throwIfAborted(context, 'the task was created');
    const pid = Number(readIfThere(join(folder, 'pid')));
    if (pid > 0 && kernelState(pid) === 'T') return identityOf(pid);
    if (!isAlive(monitor)) throw new FailedPreconditionError('the task ended before its start: is its cwd there?');
    await delay(2);
  }
}

/** Ends what was launched, as soon as its pid is known, and removes what is known of it. */
async function destroy(folder: string, monitor?: Identity): Promise<void> {
  const readPid = () => Number(readIfThere(join(folder, 'pid')) ?? 0);
  while (monitor && readPid() === 0 && isAlive(monitor)) await delay(2);
  const pid = readPid();
  // Nobody else has a process in our folder that waits for its start.
  if (pid > 0) {
    while (kernelState(pid) !== undefined && kernelState(pid) !== 'T' && monitor && isAlive(monitor)) await delay(2);
    if (kernelState(pid) === 'T') killGroup(pid);
  }
  while (monitor && isAlive(monitor)) await delay(2);
  rmSync(folder, { recursive: true, force: true });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
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

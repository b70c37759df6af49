/** What the suite needs of a backend, and the words in which its rules are written. */
import { join } from 'node:path';
import {
  attachedStdin,
  type CallContext,
  type CreateOpts,
  type ExecOpts,
  type ExecProcess,
  type Exit,
  marshalAny,
  type PlatformRuntime,
  type Task,
  typeUrls,
} from '@shiplog/core/plugin';
import type { Rule as RuleOf } from './rule.js';

/** An OCI spec; the suite itself changes nothing but the command line and the terminal. */
export interface ConformanceSpec {
  readonly process: { readonly args: readonly string[] };
}

export interface RuntimeHarness extends AsyncDisposable {
  readonly runtime: PlatformRuntime;
  /**
   * A container that runs a command line. Its root file system has busybox's applets on PATH (`busyboxRootfs`), and
   * `/etc/passwd`, which may not be run.
   */
  spec(args: readonly string[]): ConformanceSpec;
  /** An existing folder of the host for output. */
  readonly folder: string;
  /** Makes a fifo of the host: the suite itself starts no program. */
  makeFifo(path: string): void;
  /** Another instance on the same state, as another process would have it. */
  again(): Promise<PlatformRuntime>;
  /** Makes what `create` expects to be there. Absent where the runtime makes it itself. */
  makeBundle?(namespace: string, id: string): Promise<void>;
}

const terminalIo = { stdin: attachedStdin.keep, terminal: true } as const;

function withTerminal({ process }: ConformanceSpec) {
  return { ...process, terminal: true, consoleSize: { width: 100, height: 40 } };
}

export type Rule = RuleOf<Bench>;

/** One open harness, and short ways to say what the rules do with it. */
export class Bench {
  readonly #harness: RuntimeHarness;

  /** As the plugin's manifest has them; undefined where that is not known. */
  readonly capabilities: readonly string[] | undefined;

  constructor(harness: RuntimeHarness, capabilities?: readonly string[]) {
    this.#harness = harness;
    this.capabilities = capabilities;
  }

  get runtime(): PlatformRuntime {
    return this.#harness.runtime;
  }

  get folder(): string {
    return this.#harness.folder;
  }

  /** A new one in the folder for output. */
  fifo(name: string): string {
    const path = join(this.folder, name);
    this.#harness.makeFifo(path);
    return path;
  }

  again(): Promise<PlatformRuntime> {
    return this.#harness.again();
  }

  spec(...args: readonly string[]): CreateOpts {
    return { spec: marshalAny(typeUrls.spec, this.#harness.spec(args)) };
  }

  process(...args: readonly string[]): ExecOpts {
    return { spec: marshalAny(typeUrls.process, this.#harness.spec(args).process) };
  }

  /** With a terminal of 100 x 40 cells that can be typed on. */
  onTerminal(...args: readonly string[]): CreateOpts {
    const spec = this.#harness.spec(args);
    return { spec: marshalAny(typeUrls.spec, { ...spec, process: withTerminal(spec) }), io: terminalIo };
  }

  /** The same for an exec. */
  processOnTerminal(...args: readonly string[]): ExecOpts {
    return { spec: marshalAny(typeUrls.process, withTerminal(this.#harness.spec(args))), io: terminalIo };
  }

  /** Creates from any options, with the bundle made first. */
  async create(id: string, opts: CreateOpts, context: CallContext = {}): Promise<Task> {
    await this.#harness.makeBundle?.(context.namespace ?? 'default', id);
    return this.runtime.create(id, opts, context);
  }

  async created(id: string, ...args: readonly string[]): Promise<Task> {
    return this.create(id, this.spec(...args));
  }

  async started(id: string, ...args: readonly string[]): Promise<Task> {
    const task = await this.created(id, ...args);
    await task.start();
    return task;
  }

  /** A task that runs until it is killed. */
  sleeping(id: string): Promise<Task> {
    return this.started(id, 'sleep', '1000');
  }

  async ended(id: string, ...args: readonly string[]): Promise<{ readonly task: Task; readonly exit: Exit }> {
    const task = await this.started(id, ...args);
    return { task, exit: await task.wait() };
  }

  async startedExec(task: Task, id: string, ...args: readonly string[]): Promise<ExecProcess> {
    const exec = await task.exec(id, this.process(...args));
    await exec.start();
    return exec;
  }

  /** Ends and removes whatever a rule left, then the harness. */
  async close(): Promise<void> {
    for (const task of await this.runtime.tasks({ all: true })) {
      const context = { namespace: task.namespace };
      const { status } = await task.state(context);
      if (status !== 'created' && status !== 'stopped') {
        await task.kill(9, {}, context);
        await task.wait(context);
      }
      await this.runtime.delete(task.id, context);
    }
    await this.#harness[Symbol.asyncDispose]();
  }
}

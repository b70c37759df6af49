/** `./bin/shiplog` as a user runs it: a child process, on a root of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { busyboxRootfs } from '@shiplog/conformance';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { build } from './build.js';
import { type Result, RunningCommand } from './running-command.js';

export const program = fileURLToPath(new URL('../../bin/shiplog', import.meta.url));

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** What it reads; nothing where it is absent. `open` leaves the pipe to the caller. */
  readonly stdin?: string | Uint8Array | 'open';
}

export class CliHost implements AsyncDisposable {
  readonly dir: string;
  readonly root: string;
  readonly state: string;
  readonly rootfs: string;
  readonly #children = new Set<ChildProcess>();

  private constructor(dir: string) {
    this.dir = dir;
    this.root = join(dir, 'root');
    this.state = join(dir, 'state');
    this.rootfs = join(dir, 'rootfs');
  }

  static async open(): Promise<CliHost> {
    // conmon's socket lives below the state folder, and a socket's path is short.
    const host = new CliHost(await mkdtemp(join(tmpdir(), 'slg-')));
    await host.#makeRootfs();
    return host;
  }

  async #makeRootfs(): Promise<void> {
    busyboxRootfs(this.rootfs);
    await mkdir(join(this.rootfs, 'data'));
    await writeFile(join(this.rootfs, 'etc', 'passwd'), 'root:x:0:0:root:/:/bin/sh\nguest:x:405:100::/tmp:/bin/sh\n');
    await writeFile(join(this.rootfs, 'etc', 'readme'), 'not a program\n');
  }

  /** Starts a command and leaves it running. */
  spawn(args: readonly string[], options: RunOptions = {}): RunningCommand {
    const child = spawn(program, args, {
      stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      cwd: options.cwd ?? this.dir,
      env: {
        PATH: process.env.PATH,
        SHIPLOG_ROOT: this.root,
        SHIPLOG_STATE: this.state,
        ...options.env,
      },
    });
    // It may end before it has read all of it.
    child.stdin?.on('error', () => {});
    if (options.stdin !== 'open') child.stdin?.end(options.stdin);
    this.#children.add(child);
    child.on('close', () => this.#children.delete(child));
    return new RunningCommand(child);
  }

  /** Runs a command to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<Result> {
    return this.spawn(args, options).result;
  }

  /** The same for one that must succeed; gives its stdout. */
  async ok(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(args);
    if (exitCode !== 0) throw new Error(`shiplog ${args.join(' ')} ended with ${exitCode}: ${stderr}`);
    return stdout;
  }

  /** The objects that a command prints with --json. */
  async json<T = Record<string, unknown>>(...args: readonly string[]): Promise<T[]> {
    const text = await this.ok(...args, '--json');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as T);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    const { stdout } = await this.run(['tasks', '--all', '--json']);
    for (const line of stdout.split('\n').filter(Boolean)) {
      const { id, namespace } = JSON.parse(line) as { id: string; namespace: string };
      await this.run(['-n', namespace, 'delete', '--force', id]);
    }
    // A monitor and its exit command end a little after the task, and still write into the state folder until then.
    while (this.#othersAtWork()) await setTimeout(20);
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Whether a process names this host's folder among its arguments. */
  #othersAtWork(): boolean {
    return readdirSync('/proc').some((entry) => {
      if (!/^[1-9]/.test(entry)) return false;
      try {
        return readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(this.dir);
      } catch {
        return false; // ended in between
      }
    });
  }
}

/** A host to all tests of a suite. */
export function useHost(): { readonly host: CliHost } {
  let host: CliHost | undefined;
  beforeAll(async () => {
    build();
    host = await CliHost.open();
  }, 120_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
  });
  return {
    get host() {
      if (!host) throw new Error('the host is there once the tests run');
      return host;
    },
  };
}

export class RuntimeUnderTest {
  readonly id: string;
  readonly #owner: { readonly host: CliHost };
  #count = 0;

  constructor(id: string, owner: { readonly host: CliHost }) {
    this.id = id;
    this.#owner = owner;
  }

  get host(): CliHost {
    return this.#owner.host;
  }

  /** The ID of a task that was never there. */
  newId(): string {
    this.#count += 1;
    return `${this.id.split('.')[2]}-${this.#count}`;
  }

  get flags(): readonly string[] {
    return ['--runtime', this.id, '--rootfs', this.host.rootfs];
  }

  run(...args: readonly string[]): Promise<Result> {
    return this.host.run(['run', ...this.flags, ...args]);
  }

  /** A task in the background. */
  async detach(...cmd: readonly string[]): Promise<string> {
    const id = this.newId();
    await this.host.ok('run', '-d', ...this.flags, id, ...cmd);
    return id;
  }

  async state(id: string): Promise<Record<string, unknown>> {
    const [state] = await this.host.json('state', id);
    return state ?? {};
  }

  /** Whether there is a task of that ID. */
  async exists(id: string): Promise<boolean> {
    return (await this.host.json('tasks')).some((task) => task.id === id);
  }

  /** The types of a task's events. */
  async topics(id: string): Promise<readonly unknown[]> {
    return (await this.host.json('events', '--task', id)).map(({ type }) => type);
  }

  /** Resolves when the log has an event of that type of the task. */
  async topicComes(id: string, type: string): Promise<void> {
    const events = this.host.spawn(['events', '--follow', '--json', '--task', id]);
    await events.jsonOf(type);
    events.child.kill('SIGKILL');
    await once(events.child, 'close');
  }
}

/** Says that it is ready, and ends only when it is killed. */
export const forever = ['sh', '-c', 'echo ready; while :; do sleep 1; done'] as const;

/** A command that writes more than any pipe holds. */
export function floodOf(mebibytes: number): string {
  return `dd if=/dev/zero bs=1M count=${mebibytes} 2>/dev/null`;
}

/** The same suite on runc and on crun. */
export function onEachRuntime(suite: (runtime: RuntimeUnderTest) => void): void {
  const owner = useHost();
  /** Why a runtime is not there. */
  const missing = new Map<string, string>();
  beforeAll(async () => {
    for (const { id, status, reason } of await owner.host.json<Record<'id' | 'status' | 'reason', string>>('plugins')) {
      if (status !== 'ok') missing.set(id, `${status}: ${reason}`);
    }
  });
  describe.each(['io.containerd.runc.v2', 'io.containerd.crun.v1'])('on %s', (id) => {
    beforeEach(({ skip }) => {
      const reason = missing.get(id);
      if (reason !== undefined) skip(reason);
    });
    suite(new RuntimeUnderTest(id, owner));
  });
}

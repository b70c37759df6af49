/** containerd by its own client, ctr. Where it is installed, one of its own is started for this run, in our folder. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { find, type Host, pss, run } from './host.ts';

export class Containerd implements AsyncDisposable {
  readonly #daemon: ChildProcess;
  readonly #socket: string;
  readonly #host: Host;

  private constructor(daemon: ChildProcess, socket: string, host: Host) {
    this.#daemon = daemon;
    this.#socket = socket;
    this.#host = host;
  }

  /** Undefined where it is not installed, or does not start. */
  static async start(host: Host): Promise<Containerd | undefined> {
    if (find('containerd') === undefined || find('ctr') === undefined) return undefined;
    const socket = host.path('c.sock');
    const config = [
      'version = 2',
      `root = "${host.path('c-root')}"`,
      `state = "${host.path('c-state')}"`,
      'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
      `[grpc]\naddress = "${socket}"`,
    ];
    writeFileSync(host.path('containerd.toml'), config.join('\n'));
    const daemon = spawn('containerd', ['-c', host.path('containerd.toml')], { stdio: 'ignore' });
    const answers = () => spawnSync('ctr', ['-a', socket, 'version'], { timeout: 2_000 }).status === 0;
    while (daemon.exitCode === null && !(existsSync(socket) && answers())) await setTimeout(20);
    return daemon.exitCode === null ? new Containerd(daemon, socket, host) : undefined;
  }

  /** From create to delete: one command, as the client of a daemon that runs already. */
  async runTrue(): Promise<void> {
    await run('ctr', [
      '-a',
      this.#socket,
      'run',
      '--rm',
      '--rootfs',
      this.#host.rootfs,
      this.#host.newId(),
      '/bin/true',
    ]);
  }

  /** Mebibytes of the shim of a task that runs. */
  async shimMemory(): Promise<number> {
    const id = this.#host.newId();
    const ctr = (...args: readonly string[]) => run('ctr', ['-a', this.#socket, ...args]);
    await ctr('run', '-d', '--rootfs', this.#host.rootfs, id, '/bin/sleep', '1000');
    const isShim = (pid: string): boolean => {
      const args = commandLineOf(pid);
      return args.includes('containerd-shim') && args.includes(id);
    };
    const shim = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .find(isShim);
    const memory = pss(Number(shim));
    await ctr('tasks', 'kill', '-s', 'KILL', id);
    await ctr('tasks', 'rm', '-f', id).catch(() => undefined);
    await ctr('containers', 'rm', id);
    return memory;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#daemon, 'exit');
    this.#daemon.kill();
    await ended;
  }
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

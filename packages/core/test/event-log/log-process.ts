import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const pathOf = (name: string): string => fileURLToPath(new URL(`./child/${name}`, import.meta.url));

/** What runs `child/log-child.ts`, as an argument vector. */
export function childCommand(...args: readonly string[]): [file: string, ...args: string[]] {
  return [process.execPath, '--no-warnings', '--import', pathOf('run-sources.ts'), pathOf('log-child.ts'), ...args];
}

/** Another process on a log. It ends with its test, also with one that was given up. */
export class LogProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #lines: AsyncIterator<string>;

  constructor([file, ...args]: readonly [file: string, ...args: string[]]) {
    // A group of its own: what it starts, or traces, goes with it.
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    onTestFinished(() => this[Symbol.asyncDispose]());
    this.#exited = once(this.#child, 'exit');
    if (!this.#child.stdout) throw new Error('no stdout');
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  static run(...args: readonly string[]): LogProcess {
    return new LogProcess(childCommand(...args));
  }

  async line(): Promise<string | undefined> {
    const { value, done } = await this.#lines.next();
    return done ? undefined : value;
  }

  /** The lines that are left, until it ends. */
  async rest(): Promise<string[]> {
    const lines: string[] = [];
    for (let line = await this.line(); line !== undefined; line = await this.line()) lines.push(line);
    return lines;
  }

  /** Its exit status. */
  async exited(): Promise<number | null> {
    await this.#exited;
    return this.#child.exitCode;
  }

  /** Lets it see that it is no longer needed. */
  async end(): Promise<void> {
    this.#child.stdin?.end();
    await this.#exited;
  }

  async kill(): Promise<void> {
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
  }
}

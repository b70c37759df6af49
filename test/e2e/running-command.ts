/** A command at work: what it has printed so far, and how it ends. */
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export interface Result {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as it came. */
  readonly bytes: Buffer;
}

export class RunningCommand {
  readonly child: ChildProcess;
  readonly result: Promise<Result>;
  /** How much of stdout `jsonOf` has read. */
  #read = 0;
  #stdout = '';
  #seen: (() => void) | undefined;

  constructor(child: ChildProcess) {
    this.child = child;
    const { stdout, stderr } = child;
    if (!stdout || !stderr) throw new TypeError('a command needs pipes');
    const bytes: Buffer[] = [];
    let errors = '';
    stdout.on('data', (chunk: Buffer) => {
      bytes.push(chunk);
      this.#stdout += chunk.toString('latin1');
      this.#seen?.();
    });
    stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    this.result = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        if (code === null) return reject(new Error(`shiplog was ended by ${signal}: ${errors}`));
        const all = Buffer.concat(bytes);
        resolve({ exitCode: code, stdout: all.toString(), stderr: errors, bytes: all });
      });
    });
    // Whoever killed it does not ask.
    this.result.catch(() => {});
  }

  /** Reads no more of its output: it goes on only as far as the pipe holds. */
  pause(): void {
    this.child.stdout?.pause();
  }

  resume(): void {
    this.child.stdout?.resume();
  }

  /** Resolves when stdout holds the text. */
  async printed(text: string): Promise<void> {
    while (!this.#stdout.includes(text)) await this.#more(text);
  }

  /** @throws once it has ended */
  async #more(wanted: string): Promise<void> {
    const more = new Promise<void>((resolve) => {
      this.#seen = resolve;
    });
    const ended = this.result.then(({ exitCode, stderr }) => {
      throw new Error(`shiplog ended with ${exitCode} before it printed ${wanted}: ${stderr}`);
    });
    await Promise.race([more, ended]);
  }

  /** Resolves when the process watches a file: then it waits for something. No event tells that, so it is looked for. */
  async watches(): Promise<void> {
    const folder = `/proc/${this.child.pid}/fdinfo`;
    const isInotify = (fd: string) => {
      try {
        return readFileSync(join(folder, fd), 'utf8').includes('inotify wd');
      } catch {
        return false; // closed in between
      }
    };
    while (!readdirSync(folder).some(isInotify)) await setTimeout(10);
  }

  /** The next event of that type that a command prints with --json. */
  async jsonOf(type: string): Promise<Record<string, unknown>> {
    for (;;) {
      const end = this.#stdout.indexOf('\n', this.#read);
      if (end === -1) {
        await this.#more(type);
        continue;
      }
      const object = JSON.parse(this.#stdout.slice(this.#read, end)) as Record<string, unknown>;
      this.#read = end + 1;
      if (object.type === type) return object;
    }
  }
}

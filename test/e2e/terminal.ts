/** A real terminal (tmux) with a shell in it, as a person has it in front of them. */
import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type CliHost, program } from './cli-harness.js';

const run = promisify(execFile);

/** Why there is no terminal on this host; undefined where there is one. */
export const terminalMissing = isThere('tmux') ? undefined : 'tmux is missing: apt-get install tmux';

function isThere(tool: string): boolean {
  try {
    execFileSync(tool, ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** As a screen shows it: tmux leaves out blanks at the end of a line. */
const prompt = 'host>';

/** Milliseconds after which a screen is told of that does not show what it should; within the tests' own limit. */
const patience = 20_000;

export class Terminal implements AsyncDisposable {
  readonly #server = `shiplog-${randomUUID()}`;

  static async open(host: CliHost, [columns, rows]: readonly [number, number] = [100, 30]): Promise<Terminal> {
    const terminal = new Terminal();
    const size = ['-x', String(columns), '-y', String(rows)];
    const variables = {
      PATH: `${dirname(program)}:${process.env.PATH}`,
      SHIPLOG_ROOT: host.root,
      SHIPLOG_STATE: host.state,
      PS1: `${prompt} `,
    };
    const env = Object.entries(variables).map(([name, value]) => `${name}='${value}'`);
    await terminal.#tmux('new-session', '-d', ...size, `exec env ${env.join(' ')} sh`);
    try {
      await terminal.shows(prompt);
      return terminal;
    } catch (error) {
      await terminal[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-L', this.#server, '-f', '/dev/null', ...args]);
    return stdout;
  }

  /** Types a line. */
  async line(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text);
    await this.press('Enter');
  }

  /** By tmux's names: `C-c`, `Enter`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  async clear(): Promise<void> {
    await this.line('clear');
    await this.#until((screen) => screen === prompt);
  }

  /** Resolves when the screen shows the text. */
  async shows(text: string | RegExp): Promise<void> {
    await this.#until((screen) => (typeof text === 'string' ? screen.includes(text) : text.test(screen)));
  }

  /** No event tells what a screen shows, so it is looked at. */
  async #until(isSo: (screen: string) => boolean): Promise<void> {
    const limit = Date.now() + patience;
    for (;;) {
      const screen = (await this.#tmux('capture-pane', '-p')).trim();
      if (isSo(screen)) return;
      if (Date.now() > limit) throw new Error(`the terminal shows something else:\n${screen}`);
      await setTimeout(20);
    }
  }

  /** How the terminal is set up, apart from its size. */
  async settings(): Promise<string> {
    const { stdout } = await run('stty', ['-g', '-F', (await this.#tmux('display', '-p', '#{pane_tty}')).trim()]);
    return stdout;
  }

  /** Resolves when it is set up so. */
  async hasSettings(settings: string): Promise<void> {
    while ((await this.settings()) !== settings) await setTimeout(20);
  }

  /** Resolves when it is set up otherwise. */
  async hasOtherSettings(settings: string): Promise<void> {
    while ((await this.settings()) === settings) await setTimeout(20);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux('kill-server').catch(() => undefined);
  }
}

/** The user's terminal while every key is for the process in the container. */
import { errorMessageOf, UnavailableError } from '@shiplog/core';
import { type Companion, startCompanion } from '@shiplog/oci';
import type { InputStream } from './input-stream.js';

/**
 * Puts the terminal back when this process is killed and can't do it itself: then the script's stdin ends. It steps in
 * only where the settings are still those of the raw mode: a shell that has its prompt back may have set its own.
 *
 * Node.js leaves the terminal's treatment of output as it is, and so a bare line feed would move to the first column.
 */
const guardian = `
trap '' HUP INT QUIT TERM TTOU
saved=$(stty -g <&3) && echo saved && read -r _ && stty -opost <&3 && raw=$(stty -g <&3) && echo raw || exit
read -r _
[ "$(stty -g <&3)" != "$raw" ] || stty "$saved" <&3
`;

export class RawMode implements Disposable {
  readonly #terminal: InputStream;
  readonly #companion: Companion;

  private constructor(terminal: InputStream, companion: Companion) {
    this.#terminal = terminal;
    this.#companion = companion;
  }

  /** @throws UnavailableError if nobody could put the terminal back */
  static async enter(terminal: InputStream): Promise<RawMode> {
    const command = { file: '/bin/sh', args: ['-c', guardian] };
    const companion = await startCompanion(command, terminal.fd ?? 0);
    const mode = new RawMode(terminal, companion);
    try {
      await companion.says('saved');
      terminal.setRawMode?.(true);
      companion.tell('');
      await companion.says('raw');
      return mode;
    } catch (cause) {
      mode[Symbol.dispose]();
      throw new UnavailableError(`cannot set up the terminal: ${errorMessageOf(cause)}; is stty installed?`, { cause });
    }
  }

  /** Puts the terminal back. One that was closed needs no more. */
  [Symbol.dispose](): void {
    this.#terminal.on('error', () => {});
    this.#terminal.setRawMode?.(false);
    this.#companion[Symbol.dispose]();
  }
}

/** CRIU, with which runtimes checkpoint and restore: whether it works here, and what it said when it did not. */
import { basename, join } from 'node:path';
import { isShiplogError, NotImplementedError, ShiplogError } from '@shiplog/core';
import { findProgram } from './find-program.js';
import { runCommand } from './run.js';
import { readIfThere } from './small-file.js';

/** Milliseconds; a check takes some hundred. */
const checkLimit = 20_000;

/** Whether a runtime can checkpoint here. Asked when it is first needed, and again only if it could not. */
export class CriuProbe {
  readonly #needsBuiltIn: boolean;
  readonly #answers = new Map<string, Promise<void>>();

  /** @param needsBuiltIn whether the runtime itself has to be built with CRIU, as its `--version` says */
  constructor(needsBuiltIn: boolean) {
    this.#needsBuiltIn = needsBuiltIn;
  }

  /**
   * @param runtime its absolute path
   * @throws NotImplementedError in CRIU's words, with what to do
   */
  async assertWorks(runtime: string): Promise<void> {
    const answer = this.#answers.get(runtime) ?? this.#check(runtime);
    this.#answers.set(runtime, answer);
    try {
      await answer;
    } catch (error) {
      // It may be installed, or mended, while we live.
      this.#answers.delete(runtime);
      throw error;
    }
  }

  async #check(runtime: string): Promise<void> {
    if (this.#needsBuiltIn) {
      const { stdout } = await runCommand({ file: runtime, args: ['--version'] }, { limit: checkLimit });
      if (!/^.*\+CRIU\b/m.test(stdout)) {
        refuse(`${basename(runtime)} was built without CRIU: install one with it (+CRIU in ${runtime} --version)`);
      }
    }
    const criu = findProgram('criu');
    if (criu === undefined)
      refuse('criu is not there: install it (apt-get install criu), in a version for this kernel');
    const { exitCode, stdout, stderr } = await runCommand({ file: criu, args: ['check'] }, { limit: checkLimit });
    if (exitCode === 0) return;
    const said = complaint(`${stdout}\n${stderr}`) || `it ended with exit code ${exitCode}`;
    refuse(`${criu} check says: ${said}; install a newer CRIU, or one for this kernel`);
  }
}

function refuse(why: string): never {
  throw new NotImplementedError(`checkpoints and restores do not work here: ${why}`);
}

/** What CRIU complains of although it goes on, and how it ends after any failure. */
const idle = [
  /rlimit: Can't setup RLIMIT_NOFILE/,
  /Unexpected EOF on \(empty-image\)/,
  /(Dumping|Restoring) FAILED/,
  /cgroupd: recv req error/,
  /exited, status=/,
  /ipv[46]: address already assigned/i,
];

/** The first of CRIU's errors that led to its failure; empty if there is none. */
export function complaint(log: string): string {
  const errors = log
    .split('\n')
    .filter((line) => /\bError\b/.test(line) && !idle.some((pattern) => pattern.test(line)));
  return (errors[0] ?? '')
    .replace(/^\([\d.]+\)\s*(\d+:)?\s*/, '')
    .replace(/^Error \([^)]*\): /, '')
    .trim();
}

/** The runtime's own words say little more than that CRIU failed; its log says why. */
export function withComplaint(error: unknown, workFolder: string, name: 'dump.log' | 'restore.log'): unknown {
  if (!isShiplogError(error) || error.code !== 'unknown') return error;
  const file = join(workFolder, name);
  const text = readIfThere(file);
  if (text === undefined) return error;
  const { details, message } = error;
  const said = complaint(text) || 'no error';
  return new ShiplogError('unknown', `${message} (CRIU: ${said}; its log is ${file})`, { cause: error, details });
}

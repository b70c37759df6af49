import type { Cli } from '../command.js';
import { BadNewsError } from '../errors.js';
import { linesEnded, writeOutputFile } from '../output-file.js';

/** What is to be written, a line each. How many there are, and what is wrong with them, is known when all were taken. */
export interface ExportedLines {
  lines(): Iterable<string>;
  /** In words: `12 records`. */
  count(): string;
  /** Undefined where nothing is wrong. */
  badNews?(): string | undefined;
}

export interface OutputFlags {
  /** `-`, or absent, for stdout. */
  readonly output?: string;
  readonly force?: true;
}

/** @throws BadNewsError after all of it was written, if something is wrong with it */
export async function writeLines(exported: ExportedLines, flags: OutputFlags, { output }: Cli): Promise<void> {
  const { output: file, force = false } = flags;
  if (file === undefined || file === '-') await output.lines(exported.lines());
  else {
    await writeOutputFile(file, linesEnded(exported.lines()), { force });
    output.talk(`wrote ${exported.count()} to ${file}`);
  }
  const badNews = exported.badNews?.();
  if (badNews !== undefined) throw new BadNewsError(badNews);
}

/**
 * Loads the files of the bundle, with the code that V8 had compiled of them by the end of an earlier run of the same
 * command. Node's own compile cache holds what is compiled when a file is loaded, which is little: most functions are
 * compiled when they are first called, and a command calls a thousand of them once.
 *
 * What is kept lies beside the program and nowhere else. V8 runs what it finds there: who may write there could as well
 * write the program. Where we may not, nothing is kept, and each start compiles again.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { constants, Script } from 'node:vm';

interface Chunk {
  readonly exports: object;
}

type Wrapper = (exports: object, require: NodeJS.Require, chunk: Chunk, filename: string, dirname: string) => void;

export interface ChunksOptions {
  /** The folder of the bundle. */
  readonly bundle: string;
  /** Another one for each content of the bundle: V8 itself compares no more than a file's length. */
  readonly build: string;
  /** What is run: each command has compiled code of its own. */
  readonly command: string;
}

export class Chunks {
  readonly #bundle: string;
  readonly #kept: string;
  readonly #command: string;
  readonly #loaded = new Map<string, Chunk>();
  readonly #compiled: (readonly [file: string, script: Script])[] = [];
  readonly #require: NodeJS.Require;

  constructor({ bundle, build, command }: ChunksOptions) {
    this.#bundle = bundle;
    // V8 itself refuses what was made with other flags, or for another processor; then it is made again.
    this.#kept = join(bundle, '.cache', build, `${process.version}-${process.arch}`);
    this.#command = command;
    const nodes = createRequire(join(bundle, 'main.cjs'));
    this.#require = Object.assign((id: string) => (id.startsWith('./') ? this.load(id.slice(2)) : nodes(id)), nodes);
  }

  /** @param name of the file in the bundle */
  load(name: string): object {
    const there = this.#loaded.get(name);
    if (there) return there.exports;
    const chunk: Chunk = { exports: {} };
    this.#loaded.set(name, chunk);
    const filename = join(this.#bundle, name);
    const kept = join(this.#kept, `${name}.${this.#command}`);
    const cachedData = readIfThere(kept);
    const script = new Script(
      // On one line with the first of the file, so that a stack names the right one.
      `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, 'utf8')}\n})`,
      {
        filename,
        ...(cachedData && { cachedData }),
        importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      },
    );
    if (!cachedData || script.cachedDataRejected) this.#compiled.push([kept, script]);
    (script.runInThisContext() as Wrapper)(chunk.exports, this.#require, chunk, filename, this.#bundle);
    return chunk.exports;
  }

  /** Keeps what was compiled by now and is not kept yet, and nothing of earlier builds. */
  keep(): void {
    if (this.#compiled.length === 0) return;
    try {
      const builds = dirname(dirname(this.#kept));
      mkdirSync(builds, { recursive: true, mode: 0o700 });
      for (const build of readdirSync(builds)) {
        if (!this.#kept.startsWith(join(builds, build, '/')))
          rmSync(join(builds, build), { recursive: true, force: true });
      }
      mkdirSync(this.#kept, { recursive: true, mode: 0o700 });
      for (const [file, script] of this.#compiled) {
        const draft = `${file}.${process.pid}`;
        writeFileSync(draft, script.createCachedData(), { mode: 0o600 });
        renameSync(draft, file);
      }
    } catch {
      // A read-only installation, or another user's.
    }
  }
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Power cuts: a writer is traced once, and what may be left of its files at any point is made of that as often as wanted. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { random } from '../random.ts';
import { Disk } from './disk.ts';
import type { Said } from './said.ts';
import { readTrace, type Step, traced } from './trace.ts';

const writer = fileURLToPath(new URL('../child/power-writer.ts', import.meta.url));
const judge = fileURLToPath(new URL('../child/power-judge.ts', import.meta.url));

export interface Recording extends Disposable {
  /** Where the writer worked, and what is left is put. */
  readonly dir: string;
  readonly steps: readonly Step[];
}

/** What is on disk is played, so it may be quick. */
const inMemory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Undefined where nobody can be traced; then it says why. */
export function cannotTrace(): string | undefined {
  try {
    execFileSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'strace does not work here';
  }
}

export function recordWriter(): Recording {
  const dir = mkdtempSync(join(inMemory, 'shiplog-power-'));
  const [disk, trace] = [join(dir, 'disk'), join(dir, 'trace')];
  mkdirSync(disk);
  const [strace = '', ...flags] = traced(trace);
  execFileSync(strace, [...flags, process.execPath, '--no-warnings', writer, disk, join(dir, 'state')]);
  const steps = readTrace(trace, disk);
  // What the log names by a path must be found in what is left, not here.
  rmSync(disk, { recursive: true });
  return {
    dir,
    steps,
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export interface Broken {
  readonly seed: number;
  /** How many steps were done, and the one that was next. */
  readonly cut: number;
  readonly before: string;
  readonly complaints: readonly string[];
}

/** Cuts the power once for each seed, and has each time what is left of the disk looked at. */
export async function* cutPower({ dir, steps }: Recording, seeds: readonly number[]): AsyncIterable<Broken> {
  const court = new Court();
  const [left, state] = [join(dir, 'left'), join(dir, 'state')];
  rmSync(state, { recursive: true, force: true });
  try {
    const cuts = seeds.map((seed) => {
      const next = random(seed);
      return { seed, next, cut: Math.floor(next() * (steps.length + 1)) };
    });
    const said: Said[] = [];
    const disk = new Disk(join(dir, 'disk'));
    let done = 0;
    for (const { seed, next, cut } of cuts.toSorted((one, other) => one.cut - other.cut)) {
      for (; done < cut; done += 1) saidOf(steps[done], said, disk);
      disk.leave(left, next);
      const complaints = await court.judge(left, state, said);
      if (complaints.length > 0) yield { seed, cut, before: nameOf(steps[done]), complaints };
      for (const gone of [left, state]) rmSync(gone, { recursive: true, force: true });
    }
  } finally {
    court.close();
  }
}

function saidOf(step: Step | undefined, said: Said[], disk: Disk): void {
  if (step?.kind === 'say') said.push(JSON.parse(step.text) as Said);
  else if (step) disk.apply(step);
}

function nameOf(step: Step | undefined): string {
  if (!step || step.kind === 'say') return 'nothing';
  return `${step.kind} ${'path' in step ? step.path : `${step.from} ${step.to}`}`;
}

/** Whoever opens what is left, in a process of its own; when that dies, there is another one. */
class Court {
  #child: ChildProcess | undefined;
  #answers: AsyncIterator<string> | undefined;

  async judge(dir: string, state: string, said: readonly Said[]): Promise<readonly string[]> {
    const child = this.#sitting();
    child.stdin?.write(`${JSON.stringify({ dir, state, said })}\n`);
    const answer = await this.#answers?.next();
    if (answer && !answer.done) return JSON.parse(answer.value) as string[];
    this.#child = undefined;
    return [`who opened it died: ${child.signalCode ?? child.exitCode}`];
  }

  close(): void {
    this.#child?.stdin?.end();
  }

  #sitting(): ChildProcess {
    if (!this.#child) {
      this.#child = spawn(process.execPath, ['--no-warnings', judge], { stdio: ['pipe', 'pipe', 'inherit'] });
      if (this.#child.stdout) this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    }
    return this.#child;
  }
}

/** The folders and programs of one run of the bench. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyboxRootfs } from '@shiplog/conformance';

export interface Scale {
  /** Rounds of what takes tens of milliseconds. */
  readonly rounds: number;
  /** Events in the log that is replayed. */
  readonly events: number;
  /** Events in the logs whose past is asked for. */
  readonly past: number;
  /** Milliseconds for each of the parts. */
  readonly partTime: number;
}

export class Host implements Disposable {
  readonly scale: Scale;
  readonly dir = mkdtempSync(join(tmpdir(), 'slb-'));
  readonly rootfs = busyboxRootfs(join(this.dir, 'rootfs'));
  #count = 0;

  constructor(scale: Scale) {
    this.scale = scale;
  }

  path(...names: readonly string[]): string {
    return join(this.dir, ...names);
  }

  /** The ID of a container that was never there. */
  newId(): string {
    this.#count += 1;
    return `bench-${process.pid}-${this.#count}`;
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Where a program is; undefined if it is not installed. */
export function find(program: string): string | undefined {
  const { status, stdout } = spawnSync('/bin/sh', ['-c', 'command -v "$0"', program], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** @throws what it wrote to stderr, if it failed */
export async function run(file: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}: ${text}`);
}

/** Why a command line does not work on this host; undefined if it does. */
export async function flawOf(file: string, args: readonly string[]): Promise<string | undefined> {
  if (find(file) === undefined) return `${file} is not installed`;
  try {
    await run(file, args);
    return undefined;
  } catch (error) {
    const words = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    return `${file} does not work here: ${words?.slice(-90)}`;
  }
}

/** Mebibytes that are a process's alone, and its share of what it has in common with others. */
export function pss(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1]) / 1024;
}

export function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}

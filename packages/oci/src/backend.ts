/** What every task and exec of one backend shares, and how they call its OCI runtime. */
import { basename } from 'node:path';
import { type CallContext, DeadlineExceededError, signalOf } from '@shiplog/core';
import type { RuntimeLine } from './args.js';
import type { OciCheckpointOptions } from './checkpoint-options.js';
import type { CriuProbe } from './criu.js';
import type { Folders, TaskLayout } from './layout.js';
import { runtimeError } from './oci-error.js';
import { lastErrorLine } from './parse.js';
import type { ProcessRecord } from './record.js';
import { type CommandOutcome, type RunOptions, runCommand } from './run.js';

export interface Backend extends Folders {
  /** `io.containerd.NAME.VERSION`. */
  readonly id: string;
  /** The OCI runtime for tasks that name no other: absolute. */
  readonly binary: string;
  /** Absolute. */
  readonly conmon: string;
  readonly systemdCgroup: boolean;
  /** Put in front of the OCI runtime's command line where it creates a container. */
  readonly createPrefix: readonly string[];
  readonly criu: CriuProbe;
  /** Whether the runtime finds a mount from outside again only by the name that the images have for it. */
  readonly bindsOutsideFolders: boolean;
  /** @throws NotImplementedError for an option that this runtime does not have */
  assertCriuOptions(options: OciCheckpointOptions): void;
}

/** The command line of the runtime that a task was created with. */
export function runtimeLine(layout: TaskLayout, record: Pick<ProcessRecord, 'binary' | 'systemdCgroup'>): RuntimeLine {
  return { binary: record.binary, root: layout.runtimeRoot, systemdCgroup: record.systemdCgroup };
}

export interface RuntimeCall {
  /** For people: `start task web`. */
  readonly action: string;
  readonly line: RuntimeLine;
  readonly args: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Milliseconds after which a call of a runtime is given up, whatever its caller says: one that hangs must not hold up
 * an opening, or whoever waits for its outcome, for ever. The caller's own deadline counts where it is earlier.
 * `cleanUp` is for a caller who has an error to tell already.
 */
export const runtimeLimits = { query: 10_000, change: 60_000, cleanUp: 3_000 } as const;

/**
 * Milliseconds. A change that has begun takes some ten of them. Were the runtime ended in the middle, it could leave a
 * container between two states, for the sake of a caller who would not have noticed the difference.
 */
const changeGrace = 2_000;

export type Patience = Required<Pick<RunOptions, 'limit' | 'grace'>>;

const usualPatience: Patience = { limit: runtimeLimits.change, grace: changeGrace };

/** For what takes as long as the memory of a task is large. */
export const criuPatience: Patience = { limit: 600_000, grace: 30_000 };

/**
 * Changes something. It may be done although the call was given up in the meantime.
 *
 * @throws ShiplogError in the runtime's own words if it failed
 * @throws DeadlineExceededError if the runtime hangs; the container's state tells what came of it
 */
export async function callRuntime(call: RuntimeCall, patience: Partial<Patience> = {}): Promise<void> {
  await run(call, { stdout: 'ignore', ...usualPatience, ...patience });
}

/**
 * What the runtime printed.
 *
 * @throws ShiplogError in the runtime's own words if it failed
 * @throws DeadlineExceededError if the runtime hangs
 */
export function queryRuntime(call: RuntimeCall): Promise<string> {
  return run(call, { stdout: 'pipe', limit: runtimeLimits.query });
}

async function run({ action, line, args, signal }: RuntimeCall, options: RunOptions): Promise<string> {
  const doing = `${action} with ${basename(line.binary)}`;
  const argv = [line.binary, ...args];
  let result: CommandOutcome;
  try {
    result = await runCommand({ file: line.binary, args }, { ...options, signal });
  } catch (cause) {
    if (!(cause instanceof DeadlineExceededError)) throw cause;
    throw new DeadlineExceededError(`cannot ${doing}: ${cause.message}`, { cause, details: { argv } });
  }
  if (result.exitCode === 0) return result.stdout;
  throw runtimeError({ action: doing, argv, exitCode: result.exitCode, line: lastErrorLine(result.stderr) });
}

/** One signal for a call's own and its deadline. */
export function signalIn(context: CallContext | undefined): AbortSignal | undefined {
  return context && signalOf(context, Date.now());
}

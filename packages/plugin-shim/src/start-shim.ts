/** Starts a shim for a task, and ends one. */
import { basename } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { type DeleteResponse, DeleteResponseSchema } from '@shiplog/containerd-api';
import { ShiplogError, type TypedAny, UnavailableError } from '@shiplog/core';
import {
  type CommandOutcome,
  findProcesses,
  findProgram,
  killQuietly,
  runCommand,
  type TaskLayout,
} from '@shiplog/oci';
import type { ShimBackend } from './backend.js';
import { type Bootstrap, parseStartReply, type ShimFlags, shimArgs, startInput, stdinFormOf } from './bootstrap.js';
import type { ShimRef } from './record.js';

/** Milliseconds; a start takes some twenty, a delete ten and what the runtime needs. */
const limits = { start: 20_000, delete: 30_000 } as const;

export function flagsOf(backend: Pick<ShimBackend, 'events'>, { namespace, id }: TaskLayout): ShimFlags {
  return { namespace, id, address: backend.events.path, publishBinary: findProgram('true') ?? '/bin/true' };
}

/**
 * Runs a shim's `start` in the bundle. A shim that groups may answer with the address of one that is there already.
 *
 * @throws ShiplogError in the shim's own words if it does not start
 */
export async function startShim(
  backend: ShimBackend,
  layout: TaskLayout,
  { binary, options }: { readonly binary: string; readonly options: TypedAny | undefined },
  signal: AbortSignal | undefined,
): Promise<Bootstrap> {
  const { events } = backend;
  const flags = flagsOf(backend, layout);
  const args = shimArgs(flags, 'start');
  const form = stdinFormOf(await backend.versionOf(binary));
  const run = (input: Uint8Array): Promise<CommandOutcome> =>
    runCommand(
      { file: binary, args },
      {
        cwd: layout.bundle,
        env: environmentOf(flags, events.path),
        input,
        encoding: 'latin1',
        limit: limits.start,
        signal,
      },
    );
  let outcome = await run(startInput(form, flags, options));
  if (outcome.exitCode !== 0 && isAboutInput(outcome.stderr)) {
    outcome = await run(startInput(form === 'params' ? 'options' : 'params', flags, options));
  }
  if (outcome.exitCode !== 0) throw startError(binary, args, outcome);
  return parseStartReply(Buffer.from(outcome.stdout, 'latin1'));
}

function environmentOf({ namespace, address }: ShimFlags, events: string): Readonly<Record<string, string>> {
  return {
    TTRPC_ADDRESS: events,
    GRPC_ADDRESS: address,
    NAMESPACE: namespace,
    MAX_SHIM_VERSION: '3',
    GOMAXPROCS: '2',
  };
}

/** Whether a shim that is not made as its version says did not understand its stdin. */
function isAboutInput(stderr: string): boolean {
  return /bootstrap|unmarshal|proto:|type with url|deprecated API/i.test(stderr);
}

function startError(binary: string, argv: readonly string[], { exitCode, stderr }: CommandOutcome): ShiplogError {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  const name = basename(binary);
  const said = line === '' ? `it ended with exit code ${exitCode} and said nothing` : line.replace(`${name}: `, '');
  return new ShiplogError('unknown', `the shim ${name} did not start: ${said}`, {
    details: { argv: [binary, ...argv], runtimeExitCode: exitCode },
  });
}

/**
 * Runs a shim's `delete`, which ends and removes what a shim that is gone has left, and tells how it ended.
 *
 * @throws ShiplogError in the shim's own words if it cannot
 */
export async function runShimDelete(
  backend: ShimBackend,
  layout: TaskLayout,
  { binary }: Pick<ShimRef, 'binary'>,
): Promise<DeleteResponse> {
  const flags = flagsOf(backend, layout);
  const args = shimArgs(flags, 'delete', ['-bundle', layout.bundle]);
  const { exitCode, stdout, stderr } = await runCommand(
    { file: binary, args },
    { cwd: layout.bundle, env: environmentOf(flags, flags.address), encoding: 'latin1', limit: limits.delete },
  );
  if (exitCode !== 0) throw new UnavailableError(`the shim could not delete task ${layout.id}: ${stderr.trim()}`);
  return fromBinary(DeleteResponseSchema, Buffer.from(stdout, 'latin1'));
}

/** Ends shims that were started for a task alone and serve nobody: found by their arguments. */
export function killShims(backend: Pick<ShimBackend, 'events'>, layout: TaskLayout): void {
  const { namespace, id, address } = flagsOf(backend, layout);
  const has = (args: readonly string[], flag: string, value: string): boolean => args[args.indexOf(flag) + 1] === value;
  const found = findProcesses(
    (args) => has(args, '-namespace', namespace) && has(args, '-id', id) && has(args, '-address', address),
  );
  for (const { pid } of found) killQuietly(pid);
}

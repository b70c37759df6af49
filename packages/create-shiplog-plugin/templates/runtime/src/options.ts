/** What was asked for, checked: what this runtime cannot do it refuses, and never passes over in silence. */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import {
  type CreateOpts,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
  NotImplementedError,
  typeUrls,
  unmarshalAny,
} from '@shiplog/core/plugin';

export interface CommandLine {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
}

/** @throws InvalidArgumentError if the spec has no command line */
export function commandLineOf({ spec }: CreateOpts): CommandLine {
  const process = memberOf(unmarshalAny(spec, typeUrls.spec), 'process');
  const args = memberOf(process, 'args');
  if (!isTexts(args) || args.length === 0 || args[0] === '') {
    throw new InvalidArgumentError('the spec has no process.args: give a program and its arguments');
  }
  const [env = [], cwd = '/'] = [memberOf(process, 'env'), memberOf(process, 'cwd')];
  if (!isTexts(env) || typeof cwd !== 'string') throw new InvalidArgumentError('process.env or process.cwd is wrong');
  return { args, env, cwd };
}

/** @throws NotImplementedError naming what it cannot do */
export function assertSupported({ io, checkpoint }: CreateOpts): void {
  const refuse = (what: string) => new NotImplementedError(`${what} is not supported by this runtime: leave it out`);
  if (checkpoint) throw refuse('checkpoint');
  if (io?.terminal) throw refuse('a terminal');
  if (io?.stdin) throw refuse('stdin');
}

/** The path of a `file://` URI, whose folder is made; empty for what goes to the log. */
export function outputPath(uri = ''): string {
  if (uri === '') return '';
  if (isAbsolute(uri) || uri.startsWith('fifo://') || uri.startsWith('binary://')) {
    throw new NotImplementedError(`${uri} is not supported by this runtime: use file://`);
  }
  const path = uri.startsWith('file://') ? decoded(uri.slice('file://'.length)) : '';
  if (!isAbsolute(path)) throw new InvalidArgumentError(`${uri} is no output: give file:// and an absolute path`);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}

/** Empty for what is no percent-encoded text. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** What is to run when the task has ended: how an exit gets into the log when no Shiplog process is there. */
export function exitCommandOf({ taskOptions }: CreateOpts): readonly string[] {
  if (taskOptions?.typeUrl !== 'shiplog.oci.v1.Options') return [];
  const command = memberOf(unmarshalAny(taskOptions, taskOptions.typeUrl), 'exitCommand');
  return isTexts(command) ? command : [];
}

/**
 * @throws NotFoundError with `details.exitCode` 127 if there is no such program
 * @throws FailedPreconditionError with `details.exitCode` 126 if it may not run
 */
export function assertProgram({ args: [program = ''], env, cwd }: CommandLine): void {
  const path = env.findLast((variable) => variable.startsWith('PATH='))?.slice('PATH='.length) ?? '/usr/bin:/bin';
  const candidates = program.includes('/') ? [join(isAbsolute(program) ? '/' : cwd, program)] : [];
  if (candidates.length === 0) candidates.push(...path.split(':').map((folder) => join(folder, program)));
  const found = candidates.filter((candidate) => statSync(candidate, { throwIfNoEntry: false }) !== undefined);
  if (found.length === 0) {
    throw new NotFoundError(`${program} is not there: give its path, or a PATH that leads to it`, {
      details: { program, exitCode: 127 },
    });
  }
  if (found.some(isExecutable)) return;
  throw new FailedPreconditionError(`${program} may not run: it is no executable file`, {
    details: { program, exitCode: 126 },
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && !item.includes('\0'));
}

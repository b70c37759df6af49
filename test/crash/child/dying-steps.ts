/**
 * `node --import dying-steps.ts`: this process dies at its step SHIPLOG_CRASH_STEP. A step is whatever changes the
 * world outside of this process: a file or folder that is written, a program that is started, a commit of the log. There
 * is a point before each and one after it, so nothing in the product has to know of crashes.
 *
 * Loaded before everything else: what imports `node:fs` later gets the changed functions.
 */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

type AnyFunction = (...args: unknown[]) => unknown;

const deadly = Number(process.env.SHIPLOG_CRASH_STEP ?? 0);
const trace = process.env.SHIPLOG_CRASH_TRACE;
const { openSync, writeSync } = fs;
const traceFile = trace === undefined ? undefined : openSync(trace, 'a');
let steps = 0;

function pass(point: string): void {
  steps += 1;
  if (traceFile !== undefined) writeSync(traceFile, `${steps} ${point}\n`);
  if (steps === deadly) process.kill(process.pid, 'SIGKILL');
}

export function withPoints<F extends AnyFunction>(name: (args: unknown[]) => string | undefined, real: F): F {
  const stepped = function (this: unknown, ...args: unknown[]): unknown {
    const step = name(args);
    if (step === undefined) return real.apply(this, args);
    pass(`before ${step}`);
    const result = real.apply(this, args);
    if (result instanceof Promise) return result.finally(() => pass(`after ${step}`));
    pass(`after ${step}`);
    return result;
  };
  return stepped as unknown as F;
}

function patch(module: object, what: string, names: readonly string[]): void {
  const functions = module as Record<string, AnyFunction>;
  for (const name of names) {
    const real = functions[name];
    if (real) functions[name] = withPoints((args) => stepOf(`${what}${name}`, args), real);
  }
}

const writing = fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT;

/** Undefined for what only reads. */
function stepOf(name: string, args: readonly unknown[]): string | undefined {
  if (/open/.test(name)) {
    const flags = args[1] ?? 'r';
    const writes = typeof flags === 'number' ? (flags & writing) !== 0 : /[wa+]/.test(String(flags));
    if (!writes) return undefined;
  }
  return `${name} ${String(args[0])}`;
}

patch(fs, '', [
  'openSync',
  'writeFileSync',
  'mkdirSync',
  'rmSync',
  'rmdirSync',
  'unlinkSync',
  'renameSync',
  'linkSync',
  'symlinkSync',
]);
patch(promises, 'promises.', ['open', 'writeFile', 'mkdir', 'mkdtemp', 'rm', 'rmdir', 'unlink', 'rename', 'symlink']);
patch(childProcess, '', ['spawn']);
syncBuiltinESMExports();

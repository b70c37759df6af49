/**
 * What only the kernel says when the container's process becomes its program, too late for anybody but a reader of its
 * output: that there is no interpreter, or that it is no program at all.
 *
 * It says so only of what is certain. What a mount covers, and what cannot be read, is left to the kernel.
 */
import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { FailedPreconditionError, NotFoundError } from '@shiplog/core';
import { elfInterpreter, isElf } from './elf.js';
import type { OciProcess, OciSpec } from './oci-spec.js';
import { resolveInRootfs } from './rootfs-file.js';

/** A root file system on the host, and what is mounted on it inside. */
export type ProgramPlace = Pick<OciSpec, 'root' | 'mounts'>;

/** Enough for the header of an ELF file, or for a script's first line (Linux reads 256 bytes of it). */
const headBytes = 4096;

/**
 * @param action for people: `create task web`
 * @throws NotFoundError with `details.exitCode` 127 if its interpreter is not there
 * @throws FailedPreconditionError with `details.exitCode` 126 if it is no program
 */
export function assertProgram(action: string, { root, mounts = [] }: ProgramPlace, process: OciProcess): void {
  if (root === undefined) return;
  const inside = (path: string): string | undefined => {
    const found = resolveInRootfs(root.path, path);
    const seen = [path, found === undefined ? path : `/${relative(realpathSync(root.path), found)}`];
    const isCovered = mounts.some(({ destination }) => seen.some((each) => isBelow(each, destination)));
    return isCovered ? coveredPath : found;
  };
  try {
    realpathSync(root.path);
    const program = candidates(process)
      .map(inside)
      .find((path) => path !== undefined && (path === coveredPath || isExecutable(path)));
    if (program === undefined || program === coveredPath) return;
    const interpreter = interpreterOf(program);
    const name = process.args?.[0] ?? '';
    if (interpreter === undefined) {
      if (hasOtherFormats()) return;
      throw new FailedPreconditionError(
        `cannot ${action}: ${name} is no program: it is no ELF file, and no script whose first line is #!INTERPRETER`,
        { details: { program: name, exitCode: 126 } },
      );
    }
    if (interpreter === '' || !interpreter.startsWith('/') || inside(interpreter) !== undefined) return;
    throw new NotFoundError(
      `cannot ${action}: ${name} needs ${interpreter}, which is not in the root file system; install it there`,
      { details: { program: name, interpreter, exitCode: 127 } },
    );
  } catch (error) {
    // The system's word on a file that we may not read is not the kernel's word on its execution.
    if (error instanceof Error && 'syscall' in error) return;
    throw error;
  }
}

const coveredPath = '';

function isBelow(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder.replace(/\/$/, '')}/`);
}

/** Where the program may be, the first that is there counts. */
function candidates({ args, cwd = '/', env = [] }: OciProcess): readonly string[] {
  const name = args?.[0] ?? '';
  if (name.startsWith('/')) return [name];
  if (name.includes('/')) return [join(cwd, name)];
  const path = env.findLast((variable) => variable.startsWith('PATH='))?.slice('PATH='.length);
  return (path ?? '').split(':').flatMap((folder) => (folder.startsWith('/') ? [join(folder, name)] : []));
}

/** For somebody; what may not be run at all is for the runtime to say. */
function isExecutable(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && (found.mode & 0o111) !== 0;
}

/** Empty for a program that needs none; undefined for what is no program. */
function interpreterOf(path: string): string | undefined {
  const head = Buffer.alloc(headBytes);
  const file = openSync(path, 'r');
  let length: number;
  try {
    length = readSync(file, head);
  } finally {
    closeSync(file);
  }
  const bytes = head.subarray(0, length);
  if (isElf(bytes)) return elfInterpreter(bytes) ?? '';
  return /^#![ \t]*([^ \t\n\0]+)/.exec(bytes.toString('latin1'))?.[1];
}

/** Whether the kernel was taught formats of others (binfmt_misc). */
function hasOtherFormats(): boolean {
  try {
    return readdirSync('/proc/sys/fs/binfmt_misc').some((name) => name !== 'register' && name !== 'status');
  } catch {
    return false;
  }
}

import { realpathSync } from 'node:fs';
import { FailedPreconditionError, findOpenPart } from '@shiplog/core';

/**
 * The real path of a file or folder that nobody but root and us can change: neither itself nor a folder above it.
 *
 * @param what for people: `the configuration file`
 * @throws FailedPreconditionError naming what is open to others, and what to do
 * @throws the system's error if it is not there
 */
export function trustedPath(what: string, path: string, uid = process.geteuid?.() ?? 0): string {
  const real = realpathSync(path);
  const open = findOpenPart(real, uid);
  if (!open) return real;
  const { why, command } = open;
  throw new FailedPreconditionError(`${what} ${real} is not read, since ${why}: ${command}, or keep it elsewhere`, {
    details: { path: real },
  });
}

import { lstatSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { FailedPreconditionError } from '@shiplog/core';

const writableByOthers = 0o022;
const sticky = 0o1000;

/**
 * The real path of a file or folder that nobody but root and us can change: neither itself nor a folder above it. In a
 * sticky folder (/tmp) others may make files, and change none of ours.
 *
 * @param what for people: `the configuration file`
 * @throws FailedPreconditionError naming what is open to others, and what to do
 * @throws the system's error if it is not there
 */
export function trustedPath(what: string, path: string, uid = process.geteuid?.() ?? 0): string {
  const real = realpathSync(path);
  for (let part = real; ; part = dirname(part)) {
    const { uid: owner, mode } = lstatSync(part);
    if (owner !== 0 && owner !== uid) refuse(what, real, `${part} belongs to user ${owner}`, `chown root ${part}`);
    const open = (mode & writableByOthers) !== 0 && !(part !== real && (mode & sticky) !== 0);
    if (open) refuse(what, real, `others may write to ${part}`, `chmod go-w ${part}`);
    if (part === dirname(part)) return real;
  }
}

function refuse(what: string, path: string, why: string, command: string): never {
  throw new FailedPreconditionError(`${what} ${path} is not read, since ${why}: ${command}, or keep it elsewhere`, {
    details: { path },
  });
}

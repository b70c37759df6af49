/** Which program a runtime is. */
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { InvalidArgumentError, NotFoundError } from '@shiplog/core';
import { findProgram } from '@shiplog/oci';

const binaryPattern = /^containerd-shim-(.+)-(v[0-9]+)$/;

/** `io.containerd.NAME.VERSION` is `containerd-shim-NAME-VERSION`; as in containerd, the last two words count. */
export function binaryNameOf(runtime: string): string | undefined {
  const [, name, version] = /(?:^|\.)([^./]+)\.(v[0-9]+)$/.exec(runtime) ?? [];
  return name === undefined ? undefined : `containerd-shim-${name}-${version}`;
}

/**
 * The absolute path of a runtime's shim.
 *
 * @param runtime an ID, or the absolute path of a shim
 * @param folder where it is looked for before PATH
 * @throws InvalidArgumentError for what is neither, a relative path among it
 * @throws NotFoundError if it is not there
 */
export function findShim(runtime: string, folder?: string): string {
  const details = { runtime };
  if (isAbsolute(runtime)) {
    const found = findProgram(runtime);
    if (found !== undefined) return found;
    throw new NotFoundError(`${runtime} is not there, or may not be run`, { details });
  }
  const name = binaryNameOf(runtime);
  if (name === undefined) {
    throw new InvalidArgumentError(
      `runtime ${JSON.stringify(runtime)} is not valid: give an ID such as io.containerd.runc.v2, or the full path of a shim`,
      { details },
    );
  }
  const found = (folder === undefined ? undefined : findProgram(join(folder, name))) ?? findProgram(name);
  if (found !== undefined) return found;
  const places = folder === undefined ? 'on PATH' : `in ${folder} or on PATH`;
  throw new NotFoundError(`no plugin brings it, and ${name} is not ${places}`, { details });
}

/** All that there are, each once: the first of a name wins, as when it is looked for. */
export function listShims(folder?: string, path = process.env.PATH ?? ''): readonly string[] {
  const found = new Map<string, string>();
  for (const place of [folder ?? '', ...path.split(':')].filter(isAbsolute)) {
    for (const name of namesIn(place)) {
      const file = join(place, name);
      if (binaryPattern.test(name) && !found.has(name) && isProgram(file)) found.set(name, file);
    }
  }
  return [...found.values()];
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Where the code of a plugin is, by the name that the user has for it. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { errorMessageOf, InvalidArgumentError, NotFoundError } from '@shiplog/core';
import { resolve as resolveModule } from 'import-meta-resolve';
import { trustedPath } from './trusted-path.js';

/** Whether it names a place, and not a package. */
export function isPath(name: string): boolean {
  return isAbsolute(name) || /^\.\.?(?:\/|$)/.test(name);
}

/**
 * @param name a package, or a path of a file or of a package's folder
 * @param folders where a package is looked for, the first that has it counts; a path is relative to the first
 * @returns the real path of its module, which nobody but root and us can change
 * @throws NotFoundError, FailedPreconditionError or InvalidArgumentError, saying what to do
 */
export function findPlugin(name: string, folders: readonly string[]): string {
  return isPath(name) ? findPath(resolve(folders[0] ?? '/', name)) : findPackage(name, folders);
}

function findPath(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new NotFoundError(`plugin ${path} is not there: give the path of its file or of its folder`);
  if (found.isFile()) return trustedPath('plugin', path);
  const { name, exports, main } = readManifest(path);
  if (exports === undefined) return moduleAt(join(path, main ?? 'index.js'));
  // A package may import itself by its name.
  return moduleAt(fileURLToPath(resolveModule(name ?? '', pathToFileURL(`${path}/`).href)));
}

/** A package names its module whether it was built or not. */
function moduleAt(path: string): string {
  if (existsSync(path)) return trustedPath('plugin', path);
  throw new NotFoundError(`${path} is not there, which its package.json names: build it first (npm run build)`, {
    details: { path },
  });
}

interface PackageManifest {
  readonly name?: string;
  readonly main?: string;
  readonly exports?: unknown;
}

function readManifest(folder: string): PackageManifest {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageManifest;
  } catch (cause) {
    throw new InvalidArgumentError(`plugin ${folder} is no package: it has no package.json that can be read`, {
      cause,
    });
  }
}

function findPackage(name: string, folders: readonly string[]): string {
  const refusals: string[] = [];
  for (const folder of folders) {
    try {
      return moduleAt(fileURLToPath(resolveModule(name, pathToFileURL(`${folder}/`).href)));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      // What others can write to is as good as not there; but if it is nowhere else, that is the reason.
      if (code !== 'ERR_MODULE_NOT_FOUND') refusals.push(errorMessageOf(error));
    }
  }
  if (refusals[0] !== undefined) throw new InvalidArgumentError(`plugin ${name} cannot be used: ${refusals[0]}`);
  const there = folders.map((folder) => resolve(folder, name)).find((path) => existsSync(path));
  if (there !== undefined) {
    throw new NotFoundError(`plugin ${name} is not an installed package; if ${there} is meant, write ./${name}`);
  }
  throw new NotFoundError(
    `plugin ${name} is not installed: npm install -g ${name}; looked from ${folders.join(', ')}. A path begins with ./ or /`,
  );
}

/** Where npm and pnpm install what is to be there for everybody, as far as that can be told without asking them. */
export function globalFolders(env: NodeJS.ProcessEnv, program: string): readonly string[] {
  const ownModules = /^(.*)\/node_modules\//.exec(program)?.[1];
  const prefixes = [env.NPM_CONFIG_PREFIX, join(dirname(process.execPath), '..'), '/usr/local', '/usr'];
  const ofNpm = prefixes.filter((prefix) => prefix).map((prefix) => join(prefix as string, 'lib'));
  const ofPnpm = env.PNPM_HOME ? [join(env.PNPM_HOME, 'global', '5')] : [];
  const found = [...(ownModules === undefined ? [] : [ownModules]), ...ofNpm, ...ofPnpm];
  return [...new Set(found)].filter((folder) => statSync(join(folder, 'node_modules'), { throwIfNoEntry: false }));
}

import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { errorMessageOf, InvalidArgumentError, NotFoundError, UnavailableError } from '@shiplog/core';
import { problemsOf } from '@shiplog/oci';
import { homeFolder } from '../home-folder.js';
import type { ConfigFile } from './config-schema.js';
import { trustedPath } from './trusted-path.js';

export interface FoundConfig {
  /** Absolute. */
  readonly path: string;
  readonly file: ConfigFile;
}

const ofSystem = '/etc/shiplog/config.json';

/** The first that is there counts: a user's own, then the system's. */
export function defaultConfigPaths(env: NodeJS.ProcessEnv, uid = process.geteuid?.() ?? 0): readonly string[] {
  if (uid === 0) return [ofSystem];
  const home = homeFolder(env);
  const given = env.XDG_CONFIG_HOME && isAbsolute(env.XDG_CONFIG_HOME) ? env.XDG_CONFIG_HOME : undefined;
  const folder = given ?? (home && join(home, '.config'));
  return folder ? [join(folder, 'shiplog', 'config.json'), ofSystem] : [ofSystem];
}

/**
 * @param given must be there; one of the default places need not
 * @throws NotFoundError, FailedPreconditionError, InvalidArgumentError: naming the file, and in it the place, never a value
 */
export async function readConfig(
  given: string | undefined,
  defaults: readonly string[],
): Promise<FoundConfig | undefined> {
  for (const path of given === undefined ? defaults : [given]) {
    const text = readTrusted(path, given !== undefined);
    if (text !== undefined) return { path, file: await parse(path, text) };
  }
  return undefined;
}

function readTrusted(path: string, needed: boolean): string | undefined {
  try {
    return readFileSync(trustedPath('the configuration file', path), 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    // What this user may not even look at is not theirs: sudo, for one, may leave them the HOME of somebody else.
    if (!needed && code === 'EACCES') return undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      if (!needed) return undefined;
      throw new NotFoundError(`the configuration file ${path} is not there: make it, or leave --config out`, { cause });
    }
    if (cause instanceof Error && 'syscall' in cause) {
      throw new UnavailableError(`cannot read the configuration file ${path}: ${errorMessageOf(cause)}`, { cause });
    }
    throw cause;
  }
}

async function parse(path: string, text: string): Promise<ConfigFile> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // The rest of V8's message quotes the file.
    const place = / \(line \d+ column \d+\)/.exec(errorMessageOf(cause))?.[0] ?? '';
    throw new InvalidArgumentError(`the configuration file ${path} is not JSON${place}: repair it`, { cause });
  }
  const { configSchema } = await import('./config-schema.js');
  const wrong = problemsOf(configSchema, value);
  if (wrong.length === 0) return value as ConfigFile;
  throw new InvalidArgumentError(`the configuration file ${path} is wrong: ${wrong.join('; ')}`, {
    details: { path, issues: wrong },
  });
}

import { readFileSync } from 'node:fs';
import { errorMessageOf, InvalidArgumentError, NotFoundError } from '@shiplog/core';
import { isMissing } from '../small-file.js';

/**
 * `NAME=VALUE` of an `--env` flag. A bare `NAME` takes the caller's value, and gives undefined where the caller has
 * none, as container tools do.
 *
 * @throws InvalidArgumentError if there is no name
 */
export function parseEnvFlag(text: string, caller: Readonly<Record<string, string | undefined>>): string | undefined {
  const equals = text.indexOf('=');
  const name = equals === -1 ? text : text.slice(0, equals);
  if (name === '') {
    // The value may be a secret, so it is not repeated.
    throw new InvalidArgumentError(
      'an environment variable needs a name: write NAME=VALUE, or NAME for your own value',
    );
  }
  if (equals !== -1) return text;
  const value = Object.hasOwn(caller, name) ? caller[name] : undefined;
  return value === undefined ? undefined : `${name}=${value}`;
}

/** One environment of several, of which the later win. A variable keeps the place where it came first. */
export function mergeEnv(...environments: readonly (readonly string[])[]): readonly string[] {
  const variables = new Map<string, string>();
  for (const variable of environments.flat()) variables.set(nameOf(variable), variable);
  return [...variables.values()];
}

export function hasVariable(environment: readonly string[], name: string): boolean {
  return environment.some((variable) => nameOf(variable) === name);
}

function nameOf(variable: string): string {
  const equals = variable.indexOf('=');
  return equals === -1 ? variable : variable.slice(0, equals);
}

/**
 * The lines of an `--env-file`, each as `--env` has it; empty ones and comments (`#`) are passed over.
 *
 * @throws NotFoundError if there is no such file
 * @throws InvalidArgumentError if it cannot be read, or a variable has no name
 */
export function readEnvFile(
  file: string,
  caller: Readonly<Record<string, string | undefined>>,
): readonly (string | undefined)[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const details = { file };
    if (isMissing(cause)) throw new NotFoundError(`there is no file ${file} of variables`, { cause, details });
    throw new InvalidArgumentError(`${file} cannot be read: ${errorMessageOf(cause)}`, { cause, details });
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  return lines.map((line) => parseEnvFlag(line.trimStart(), caller));
}

/**
 * Takes the secrets out of a value, and puts them back. Secret are the values of environment variables, and whatever else
 * is marked: by JSON pointers (RFC 6901), from the caller or in the spec's own annotation.
 */
import { InvalidArgumentError } from '../kernel/errors.js';
import type { SealedValues } from '../kernel/sealed.js';
import { typeUrls } from '../kernel/typed-any.js';

/** What is shown in place of a secret. */
export const secretMask = '***';

/** In an OCI spec: further parts of it that are secret, as JSON pointers with white space between them. */
export const secretsAnnotation = 'io.shiplog.secrets';

type Pointer = readonly string[];

export interface Parted {
  /** The value, with the mask in place of each secret. */
  readonly shown: unknown;
  /** By pointer. */
  readonly secrets: SealedValues;
}

/**
 * @param marked JSON pointers of further secrets
 * @throws InvalidArgumentError if there is nothing at one of them
 */
export function partSecrets(typeUrl: string, value: unknown, marked: readonly string[]): Parted {
  const shown = structured(value);
  const secrets: Record<string, unknown> = {};
  const take = (pointer: Pointer, masked = secretMask) => {
    const holder = at(shown, pointer.slice(0, -1));
    const key = pointer.at(-1) ?? '';
    if (!isHolder(holder) || Object.isFrozen(holder) || !Object.hasOwn(holder, key)) {
      throw new InvalidArgumentError(`there is nothing at ${textOf(pointer)} that could be kept as a secret`);
    }
    secrets[textOf(pointer)] = holder[key];
    holder[key] = masked;
  };
  for (const text of [...marked, ...annotated(typeUrl, shown)]) take(parsePointer(text));
  for (const pointer of environmentsIn(typeUrl, shown)) {
    const variables = at(shown, pointer);
    if (!Array.isArray(variables)) continue;
    for (const [index, variable] of variables.entries()) {
      const equals = typeof variable === 'string' ? variable.indexOf('=') : -1;
      if (equals !== -1) take([...pointer, String(index)], `${variable.slice(0, equals)}=${secretMask}`);
    }
  }
  return { shown, secrets };
}

/** The value as it was before. */
export function joinSecrets(shown: unknown, secrets: SealedValues): unknown {
  const whole = structured(shown);
  for (const [text, value] of Object.entries(secrets)) {
    const pointer = parsePointer(text);
    const holder = at(whole, pointer.slice(0, -1));
    if (isHolder(holder)) holder[pointer.at(-1) ?? ''] = value;
  }
  return whole;
}

/** Where a value of that type has environment variables. */
function environmentsIn(typeUrl: string, value: unknown): readonly Pointer[] {
  if (typeUrl === typeUrls.process) return [['env']];
  if (typeUrl !== typeUrls.spec) return [];
  const hooks = at(value, ['hooks']);
  const kinds = isHolder(hooks) ? Object.entries(hooks) : [];
  const ofHooks = kinds.flatMap(([kind, list]) =>
    Array.isArray(list) ? list.map((_, index) => ['hooks', kind, String(index), 'env']) : [],
  );
  return [['process', 'env'], ...ofHooks];
}

function annotated(typeUrl: string, value: unknown): readonly string[] {
  const text = typeUrl === typeUrls.spec ? at(value, ['annotations', secretsAnnotation]) : undefined;
  return typeof text === 'string' ? text.split(/\s+/).filter((pointer) => pointer !== '') : [];
}

/** A copy that may be changed; numbers that JavaScript cannot hold are shared, since they never change. */
function structured(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structured);
  if (!isHolder(value) || Object.isFrozen(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, structured(member)]));
}

function at(value: unknown, pointer: Pointer): unknown {
  let found = value;
  for (const key of pointer) {
    if (!isHolder(found) || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return found;
}

function isHolder(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parsePointer(text: string): Pointer {
  if (!/^(?:\/(?:[^~/]|~[01])*)+$/.test(text)) {
    throw new InvalidArgumentError(
      `${JSON.stringify(text)} is no JSON pointer (RFC 6901): write /process/args or /annotations/NAME`,
    );
  }
  const keys = text.slice(1).split('/');
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function textOf(pointer: Pointer): string {
  return pointer.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

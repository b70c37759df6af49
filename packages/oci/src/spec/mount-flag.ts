import { posix } from 'node:path';
import { InvalidArgumentError, type Mount } from '@shiplog/core';

type Field = 'type' | 'source' | 'target' | 'options' | 'readonly';

const fieldOfKey: Readonly<Record<string, Field>> = {
  type: 'type',
  source: 'source',
  src: 'source',
  target: 'target',
  dst: 'target',
  destination: 'target',
  options: 'options',
  readonly: 'readonly',
  ro: 'readonly',
};

/**
 * `type=bind,source=/a,target=/b,options=rbind:ro`. The type is `bind` where none is given (there are no volumes here),
 * and a bind without `bind` or `rbind` among its options is an `rbind`. `readonly` and `ro` stand for the option `ro`.
 *
 * @throws InvalidArgumentError
 */
export function parseMountFlag(text: string): Mount {
  const fields = fieldsOf(text);
  const type = fields.type ?? 'bind';
  const options = splitOptions(fields.options ?? '');
  if (fields.readonly !== undefined && flagOf(text, fields.readonly) && !options.includes('ro')) options.push('ro');
  if (type === 'bind' && !options.includes('bind') && !options.includes('rbind')) options.unshift('rbind');
  const source = fields.source ?? (type === 'bind' ? '' : type);
  if (type === 'bind' && !source.startsWith('/')) {
    throw wrong(text, 'a bind mount needs an absolute source, such as source=/srv/data');
  }
  if (!fields.target?.startsWith('/')) throw wrong(text, 'it needs an absolute target, such as target=/data');
  return { type, source, target: normalized(fields.target), options };
}

function fieldsOf(text: string): Partial<Record<Field, string>> {
  const fields: Partial<Record<Field, string>> = {};
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const key = equals === -1 ? part : part.slice(0, equals);
    const field = Object.hasOwn(fieldOfKey, key) ? fieldOfKey[key] : undefined;
    if (!field) {
      throw wrong(text, `${JSON.stringify(key)} is not known; use type, source, target, options and readonly`);
    }
    if (fields[field] !== undefined) throw wrong(text, `${field} is given twice`);
    if (equals === -1 && field !== 'readonly') throw wrong(text, `${key} needs a value: ${key}=...`);
    const value = equals === -1 ? 'true' : part.slice(equals + 1);
    if (value === '') throw wrong(text, `${key} is empty`);
    fields[field] = value;
  }
  return fields;
}

/** Options stand between colons; one that begins with '/' goes on the one before it: `lowerdir=/a:/b`. */
function splitOptions(text: string): string[] {
  const options: string[] = [];
  for (const part of text.split(':')) {
    const last = options.at(-1);
    if (part.startsWith('/') && last !== undefined) options[options.length - 1] = `${last}:${part}`;
    else if (part !== '') options.push(part);
  }
  return options;
}

function flagOf(text: string, value: string): boolean {
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw wrong(text, 'readonly is true or false');
}

function normalized(target: string): string {
  const path = posix.normalize(target);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function wrong(text: string, what: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `mount ${JSON.stringify(text)}: ${what}; write for example type=bind,source=/srv/data,target=/data,options=rbind:ro`,
  );
}

/** The mounts that make the root, for `CreateOpts.rootfs`, and those inside the container, for its spec. */
export interface SplitMounts {
  /** In the order given; their target is the root itself: empty. */
  readonly rootfs: readonly Mount[];
  readonly inside: readonly Mount[];
}

export function splitRootfsMounts(mounts: readonly Mount[]): SplitMounts {
  return {
    rootfs: mounts.filter(({ target }) => target === '/').map((mount) => ({ ...mount, target: '' })),
    inside: mounts.filter(({ target }) => target !== '/'),
  };
}

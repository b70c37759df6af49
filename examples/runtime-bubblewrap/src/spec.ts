/** What was asked for, checked: what this runtime cannot do it refuses, and never passes over in silence. */
import { mkdirSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import {
  type CreateOpts,
  InvalidArgumentError,
  NotImplementedError,
  typeUrls,
  unmarshalAny,
} from '@shiplog/core/plugin';

export interface SpecMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** Of an OCI spec, what bubblewrap can do. */
export interface Spec {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
  /** Empty for the host's. */
  readonly hostname: string;
  /** Absolute. */
  readonly rootfs: string;
  readonly isReadonly: boolean;
  readonly mounts: readonly SpecMount[];
  /** `pid`, `network`, ...: those that are the task's own. */
  readonly namespaces: readonly string[];
}

/** @throws InvalidArgumentError if it is no spec, NotImplementedError if it asks for what bubblewrap cannot do */
export function specOf({ spec: any, rootfs = [] }: CreateOpts, bundle: string): Spec {
  const spec = unmarshalAny(any, typeUrls.spec);
  const [process, root, linux] = ['process', 'root', 'linux'].map((name) => memberOf(spec, name));
  const user = memberOf(process, 'user');
  const args = textsOf(process, 'args') ?? [];
  if (args.length === 0 || args[0] === '') {
    throw new InvalidArgumentError('the spec has no process.args: give a program and its arguments');
  }
  assertNoLimits(memberOf(linux, 'resources'));
  const path = textOf(root, 'path') ?? '';
  if (path === '' && rootfs.length === 0) {
    throw new InvalidArgumentError('the spec has no root.path: give the folder of a root file system');
  }
  return {
    args,
    env: textsOf(process, 'env') ?? [],
    cwd: textOf(process, 'cwd') ?? '/',
    uid: Number(memberOf(user, 'uid') ?? 0),
    gid: Number(memberOf(user, 'gid') ?? 0),
    hostname: textOf(spec, 'hostname') ?? '',
    rootfs: resolve(bundle, path || 'rootfs'),
    isReadonly: memberOf(root, 'readonly') === true,
    mounts: listOf(spec, 'mounts').map(mountOf),
    namespaces: listOf(linux, 'namespaces').map(namespaceOf),
  };
}

/** A limit that nobody keeps is worse than none. */
function assertNoLimits(resources: unknown): void {
  for (const name of ['memory', 'cpu', 'pids', 'blockIO', 'hugepageLimits', 'network', 'rdma', 'unified']) {
    if (memberOf(resources, name) !== undefined) throw notSupported(`a limit of ${name}`);
  }
}

function namespaceOf(namespace: unknown): string {
  const type = textOf(namespace, 'type') ?? '';
  if (memberOf(namespace, 'path')) throw notSupported(`a ${type} namespace of somebody else`);
  return type;
}

function mountOf(mount: unknown): SpecMount {
  const destination = textOf(mount, 'destination') ?? '';
  if (!isAbsolute(destination)) throw new InvalidArgumentError('a mount of the spec has no absolute destination');
  const [type = 'bind', source = ''] = [textOf(mount, 'type'), textOf(mount, 'source')];
  const options = textsOf(mount, 'options') ?? [];
  const isBind = type === 'bind' || options.includes('bind') || options.includes('rbind');
  return { destination, type: isBind ? 'bind' : type, source, options };
}

/** @throws NotImplementedError naming what it cannot do */
export function assertSupported({ io, checkpoint }: CreateOpts): void {
  if (checkpoint) throw notSupported('checkpoint');
  if (io?.terminal) throw notSupported('a terminal');
  if (io?.stdin) throw notSupported('stdin');
}

export function notSupported(what: string): NotImplementedError {
  return new NotImplementedError(`${what} is not supported by this runtime: leave it out`);
}

/** The path of a `file://` URI, whose folder is made; empty for what goes to the log. */
export function outputPath(uri = ''): string {
  if (uri === '') return '';
  if (isAbsolute(uri) || uri.startsWith('fifo://') || uri.startsWith('binary://')) {
    throw new NotImplementedError(`${uri} is not supported by this runtime: use file://`);
  }
  const path = uri.startsWith('file://') ? decoded(uri.slice('file://'.length)) : '';
  if (!isAbsolute(path)) throw new InvalidArgumentError(`${uri} is no output: give file:// and an absolute path`);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}

/** Empty for what is no percent-encoded text. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** What is to run when the task has ended: how an exit gets into the log when no Shiplog process is there. */
export function exitCommandOf({ taskOptions }: CreateOpts): readonly string[] {
  if (taskOptions?.typeUrl !== 'shiplog.oci.v1.Options') return [];
  return textsOf(unmarshalAny(taskOptions, taskOptions.typeUrl), 'exitCommand') ?? [];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name) ?? [];
  if (!Array.isArray(list)) throw new InvalidArgumentError(`${name} of the spec is no list`);
  return list;
}

function textOf(value: unknown, name: string): string | undefined {
  const text = memberOf(value, name);
  if (text === undefined || isText(text)) return text;
  throw new InvalidArgumentError(`${name} of the spec is no text`);
}

function textsOf(value: unknown, name: string): readonly string[] | undefined {
  const texts = memberOf(value, name);
  if (texts === undefined || texts === null) return undefined;
  if (Array.isArray(texts) && texts.every(isText)) return texts;
  throw new InvalidArgumentError(`${name} of the spec is no list of texts`);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0');
}

/** The start of a shim, as containerd does it: a command whose last word is `start`, and what it prints. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt';
import { BootstrapParamsSchema, BootstrapResultSchema } from '@shiplog/containerd-api';
import { ShiplogError, type TypedAny } from '@shiplog/core';
import { unknownFailure } from '@shiplog/oci';

/** What is said to every call of a shim's program. */
export interface ShimFlags {
  readonly namespace: string;
  readonly id: string;
  /** Of containerd, where a shim expects it; here, of the socket that takes its events. */
  readonly address: string;
  /** Old shims publish their events by starting a program. */
  readonly publishBinary: string;
}

export function shimArgs(
  flags: ShimFlags,
  action: 'start' | 'delete',
  more: readonly string[] = [],
): readonly string[] {
  const { namespace, id, address, publishBinary } = flags;
  return [
    ...['-namespace', namespace],
    ...['-address', address],
    ...['-publish-binary', publishBinary],
    ...['-id', id],
    ...more,
    action,
  ];
}

/**
 * What a shim reads from its stdin: nothing, or an Any of the options, up to containerd 2.2; from 2.3 on BootstrapParams,
 * and nothing else.
 */
export type StdinForm = 'options' | 'params';

const firstWithParams = [2, 3] as const;

/**
 * @param said what the shim printed for `-v`. Only those made with containerd's own library say its version there; others
 *   have a version of their own, and take options
 */
export function stdinFormOf(said: string): StdinForm {
  const [, major, minor] = /^\s+Version:\s+v?(\d+)\.(\d+)\./m.exec(said) ?? [];
  if (major === undefined || !/^\s+Revision:/m.test(said)) return 'options';
  const [wantedMajor, wantedMinor] = firstWithParams;
  const isNew = Number(major) > wantedMajor || (Number(major) === wantedMajor && Number(minor) >= wantedMinor);
  return isNew ? 'params' : 'options';
}

export function startInput(form: StdinForm, flags: ShimFlags, options: TypedAny | undefined): Uint8Array {
  const any = options ? toAny(options) : undefined;
  if (form === 'options') return any ? toBinary(AnySchema, any) : new Uint8Array();
  const params = create(BootstrapParamsSchema, {
    instanceId: flags.id,
    namespace: flags.namespace,
    version: newestTaskApi,
    containerdTtrpcAddress: flags.address,
    containerdGrpcAddress: flags.address,
    containerdBinary: flags.publishBinary,
    extensions: any ? [{ value: any }] : [],
  });
  return toBinary(BootstrapParamsSchema, params);
}

export function toAny({ typeUrl, value }: TypedAny): Any {
  return create(AnySchema, { typeUrl, value });
}

export type TaskApiVersion = 2 | 3;
export const newestTaskApi: TaskApiVersion = 3;

/** Where a shim serves, and what. */
export interface Bootstrap {
  readonly address: string;
  /** `ttrpc` is the only one that is spoken here. */
  readonly protocol: string;
  /** As far as it says so. */
  readonly version: TaskApiVersion | undefined;
}

/**
 * What `start` printed: a plain address, JSON, or a BootstrapResult.
 *
 * @param printed its bytes
 * @throws ShiplogError if it is none of these
 */
export function parseStartReply(printed: Uint8Array): Bootstrap {
  const text = Buffer.from(printed).toString('utf8').trim();
  if (text.startsWith('{')) return parseJsonReply(text);
  if (/^(?:unix:|\/|@)/.test(text)) return { address: text, protocol: 'ttrpc', version: undefined };
  try {
    const { address, protocol, version } = fromBinary(BootstrapResultSchema, printed);
    if (address !== '') return { address, protocol: protocol || 'ttrpc', version: versionOf(version) };
  } catch {
    // It is no such message either.
  }
  throw new ShiplogError('unknown', `the shim printed no address: ${JSON.stringify(text.slice(0, 200))}`);
}

function parseJsonReply(text: string): Bootstrap {
  let reply: { readonly address?: unknown; readonly protocol?: unknown; readonly version?: unknown };
  try {
    reply = JSON.parse(text) as typeof reply;
  } catch (cause) {
    throw unknownFailure(`the shim printed what is no JSON: ${text.slice(0, 200)}`, { cause });
  }
  const { address, protocol = 'ttrpc', version } = reply;
  if (typeof address === 'string' && address !== '' && typeof protocol === 'string') {
    return { address, protocol, version: versionOf(version) };
  }
  throw new ShiplogError('unknown', `the shim printed no address: ${text.slice(0, 200)}`);
}

/** A later version than those that are known may well know an older one. */
function versionOf(version: unknown): TaskApiVersion | undefined {
  if (version === 2) return 2;
  return typeof version === 'number' && version >= 3 ? newestTaskApi : undefined;
}

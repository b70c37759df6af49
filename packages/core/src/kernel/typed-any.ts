import { createHash } from 'node:crypto';
import { errorMessageOf, InvalidArgumentError } from './errors.js';
import type { Sha256 } from './identifiers.js';
import { assertPayloadLimits } from './payload-limits.js';

/** Bytes and the name of what they are, as containerd's `typeurl.Any`: no `type.googleapis.com/` in front. */
export interface TypedAny {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** The exact names under which containerd knows OCI's JSON types. */
export const typeUrls = {
  spec: 'types.containerd.io/opencontainers/runtime-spec/1/Spec',
  process: 'types.containerd.io/opencontainers/runtime-spec/1/Process',
  linuxResources: 'types.containerd.io/opencontainers/runtime-spec/1/LinuxResources',
  features: 'types.containerd.io/opencontainers/runtime-spec/1/features/Features',
} as const;

export type TypeUrl = (typeof typeUrls)[keyof typeof typeUrls];

const decoder = new TextDecoder('utf-8', { fatal: true });

/** A JSON value as a typed any. */
export function marshalAny(typeUrl: string, value: unknown): TypedAny {
  return { typeUrl, value: Buffer.from(JSON.stringify(value)) };
}

/**
 * The JSON value of a typed any. It is only parsed here: checking its shape is its reader's.
 *
 * @throws InvalidArgumentError if the type is another than expected, or the bytes are no JSON, or more than makes sense.
 */
export function unmarshalAny(any: TypedAny, expected: string): unknown {
  if (any.typeUrl !== expected) {
    throw new InvalidArgumentError(`expected a value of type ${expected}, got ${any.typeUrl}`, {
      details: { expected, actual: any.typeUrl },
    });
  }
  assertPayloadLimits(`the value of type ${expected}`, any.value);
  try {
    return JSON.parse(decoder.decode(any.value)) as unknown;
  } catch (cause) {
    throw new InvalidArgumentError(`the value of type ${expected} is not valid JSON: ${errorMessageOf(cause)}`, {
      cause,
      details: { expected },
    });
  }
}

export function sha256Of(bytes: Uint8Array): Sha256 {
  return createHash('sha256').update(bytes).digest('hex') as Sha256;
}

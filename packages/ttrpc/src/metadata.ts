import type { MessageInitShape } from '@bufbuild/protobuf';
import type { KeyValue, KeyValueSchema } from './gen/ttrpc_pb.js';
import type { Metadata } from './service.js';

export function encodeMetadata(metadata: Metadata): MessageInitShape<typeof KeyValueSchema>[] {
  return Object.entries(metadata).flatMap(([key, values]) => [values].flat().map((value) => ({ key, value })));
}

export function decodeMetadata(pairs: readonly KeyValue[]): Metadata {
  const found = new Map<string, string | string[]>();
  for (const { key, value } of pairs) {
    const before = found.get(key);
    found.set(key, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(found);
}

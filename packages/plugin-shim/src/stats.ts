/** A shim's metrics, which are protobuf, as those of all backends: the same names in JSON (see metrics.ts of @shiplog/oci). */
import { type DescMessage, fromBinary, toJson } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import { CgroupV1MetricsSchema, CgroupV2MetricsSchema } from '@shiplog/containerd-api';
import { marshalAny, NotImplementedError, type TypedAny } from '@shiplog/core';
import { metricsTypes } from '@shiplog/oci';

type Json = Record<string, unknown>;

/** @throws NotImplementedError if the shim has none, or of another kind */
export function metricsOf(stats: Any | undefined, id: string): TypedAny {
  if (stats?.typeUrl === metricsTypes.v1)
    return marshalAny(stats.typeUrl, complete(decoded(CgroupV1MetricsSchema, stats)));
  if (stats?.typeUrl === metricsTypes.v2)
    return marshalAny(stats.typeUrl, complete(decoded(CgroupV2MetricsSchema, stats)));
  throw new NotImplementedError(
    `the metrics of task ${id} are of a kind that is not known here: ${stats?.typeUrl || 'the shim gave none'}`,
  );
}

function decoded(schema: DescMessage, { value }: Any): Json {
  const message = fromBinary(schema, value);
  return withNumbers(toJson(schema, message, { alwaysEmitImplicit: true })) as Json;
}

/** Beyond this, a limit is containerd's way to say that there is none. */
const unlimited = 2n ** 53n;

const isCount = (value: unknown): value is string => typeof value === 'string' && /^\d+$/.test(value);

/** ProtoJSON writes 64-bit numbers as text. One that JSON cannot keep is left out: it is no limit at all. */
function withNumbers(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withNumbers(item, name));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => [key, withNumbers(item, key)] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  }
  if (!isCount(value) || name === 'op' || name === 'device' || name === 'pagesize' || name === 'name') return value;
  return BigInt(value) >= unlimited ? undefined : Number(value);
}

interface Usage {
  readonly usage?: number | { readonly usage?: number };
  readonly inactiveFile?: number;
  readonly totalInactiveFile?: number;
}

/** What the kernel could not take back at once. */
function withWorkingSet(memory: unknown): unknown {
  if (typeof memory !== 'object' || memory === null) return memory;
  const { usage = 0, inactiveFile = 0, totalInactiveFile = inactiveFile } = memory as Usage;
  const used = typeof usage === 'number' ? usage : (usage.usage ?? 0);
  return { ...memory, workingSet: Math.max(0, used - totalInactiveFile) };
}

function complete(metrics: Json): Json {
  const { memory } = metrics;
  return { ...metrics, ...(memory !== undefined && { memory: withWorkingSet(memory) }) };
}

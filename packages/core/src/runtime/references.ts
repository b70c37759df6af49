/** What records refer to: payloads that are stored beside them, and what stays known of those of archived records. */
import type { LogRecord, StreamId } from '../event-log/event-log.js';
import { carriedOn, type LogBase } from '../event-log/log-base.js';
import type { ShreddedPayload } from '../event-log/shredding.js';
import type { Sha256 } from '../kernel/identifiers.js';
import { streamOfTaskKey } from '../projections/task-projection.js';

/** The type under which secrets are told of. */
export const secretsType = 'io.shiplog.secrets.v1';

export interface Reference extends ShreddedPayload {
  readonly stream: StreamId;
}

/** What a record refers to, secrets apart. What says what was shredded refers to nothing. */
export function referencesOf({ namespace, task, event }: LogRecord): readonly Reference[] {
  const stream = { namespace, task };
  return Object.values(event).flatMap((member) => {
    const { typeUrl, sha256, secrets } = (member ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof typeUrl !== 'string' || typeof sha256 !== 'string') return [];
    const own = { typeUrl, sha256: sha256 as Sha256, stream };
    return typeof secrets === 'string' ? [own, { typeUrl: secretsType, sha256: secrets as Sha256, stream }] : [own];
  });
}

export const referenceFoldName = 'references';
export const referenceFoldVersion = 1;

/** Of one stream, by type: `{"TYPE":["SHA-256", ...]}`. */
export class StreamReferences {
  readonly #byType: Map<string, Set<Sha256>>;

  constructor(byType: Iterable<readonly [typeUrl: string, hashes: readonly Sha256[]]> = []) {
    this.#byType = new Map(Array.from(byType, ([typeUrl, hashes]) => [typeUrl, new Set(hashes)]));
  }

  /** As far as it was archived. */
  static atBase(base: LogBase, key: string): StreamReferences {
    return decode(base.folded(referenceFoldName, key));
  }

  get isEmpty(): boolean {
    return this.#byType.size === 0;
  }

  take(record: LogRecord): void {
    for (const { typeUrl, sha256 } of referencesOf(record)) {
      this.#byType.set(typeUrl, (this.#byType.get(typeUrl) ?? new Set()).add(sha256));
    }
  }

  *payloads(): Generator<ShreddedPayload> {
    for (const [typeUrl, hashes] of this.#byType) for (const sha256 of hashes) yield { typeUrl, sha256 };
  }

  encode(): Uint8Array {
    return Buffer.from(
      JSON.stringify(Object.fromEntries(Array.from(this.#byType, ([type, hashes]) => [type, [...hashes]]))),
    );
  }
}

/** Those of archived records: of one stream, or of all. */
export function* archivedReferences(base: LogBase, key?: string): Generator<Reference> {
  const entries =
    key === undefined ? base.foldedEntries(referenceFoldName) : [[key, base.folded(referenceFoldName, key)] as const];
  for (const [of, bytes] of entries) {
    const stream = streamOfTaskKey(of);
    for (const payload of decode(bytes).payloads()) yield { ...payload, stream };
  }
}

function decode(bytes: Uint8Array | undefined): StreamReferences {
  const byType = bytes ? carriedOn<Readonly<Record<string, readonly Sha256[]>>>(referenceFoldName, bytes) : {};
  return new StreamReferences(Object.entries(byType));
}

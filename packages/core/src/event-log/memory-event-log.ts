import { randomUUID } from 'node:crypto';
import { FailedPreconditionError, NotImplementedError, UnavailableError } from '../kernel/errors.js';
import type { Sha256 } from '../kernel/identifiers.js';
import { nodesCompleted, runsOf } from '../merkle/grow.js';
import { leafHashOfText } from '../merkle/hash.js';
import type { StoredHashes } from '../merkle/tree.js';
import { checkStream, planAppend, prepareAppend } from './append-plan.js';
import type {
  Append,
  Appended,
  EventLog,
  LogRecord,
  Place,
  Position,
  ReadOptions,
  ReadStreamOptions,
  RecordedEvent,
  StoredCheckpoint,
  StoredLog,
  StreamId,
  SubscribeOptions,
} from './event-log.js';
import { LiveBus } from './live-bus.js';
import { wholeLog } from './log-base.js';
import { MemoryCursors } from './memory-cursors.js';
import { MemorySnapshots } from './memory-snapshots.js';
import type { Projection } from './projection.js';
import { decodeRecord, isDamage } from './record-codec.js';
import { checkedBlob } from './shredding.js';
import { checkProjections } from './staged-projections.js';
import { type Chunk, type Followed, follow } from './subscription.js';

export interface MemoryEventLogOptions {
  readonly projections?: readonly Projection[];
}

const chunkSize = 256;

/** The log without a disk, for tests: the same rules, in one process, and gone with it. */
export class MemoryEventLog implements EventLog {
  readonly origin = randomUUID();
  readonly snapshots = new MemorySnapshots(() => this.#assertOpen());
  readonly cursors = new MemoryCursors(() => this.#assertOpen());
  readonly base = wholeLog;
  readonly #bus = new LiveBus();
  readonly #projections: readonly Projection[];
  /** The stored text of position n + 1. */
  readonly #log: string[] = [];
  readonly #levels: Sha256[][] = [[]];
  readonly #streams = new Map<string, Position[]>();
  readonly #checkpoints = new Map<number, string>();
  readonly #keys = new Set<string>();
  readonly #blobs = new Map<Sha256, Uint8Array>();
  readonly #projected = new Map<string, Map<string, Uint8Array>>();

  /** @throws InvalidArgumentError if two projections share a name. */
  constructor({ projections = [] }: MemoryEventLogOptions = {}) {
    checkProjections(projections);
    this.#projections = projections;
    for (const { name } of projections) this.#projected.set(name, new Map());
  }

  async append(append: Append): Promise<Appended> {
    const prepared = prepareAppend(append);
    this.#assertOpen();
    if (prepared.cut) throw new NotImplementedError('a log in memory has no archives: its records stay');
    const positions = this.#positionsOf(prepared.stream);
    const view = {
      head: this.#log.length,
      version: positions.length,
      projected: (projection: string, key: string) => this.#projected.get(projection)?.get(key),
    };
    const plan = planAppend(prepared, view, this.#projections);
    for (const { position } of plan.appended.records) positions.push(position);
    this.#streams.set(keyOf(prepared.stream), positions);
    this.#log.push(...plan.encoded);
    this.#growTree(plan.appended.leafHashes);
    for (const [sha256, bytes] of prepared.blobs) this.#blobs.set(sha256, Uint8Array.from(bytes));
    for (const sha256 of prepared.shred) this.#blobs.delete(sha256);
    for (const [projection, key, value] of plan.projections.changes()) {
      if (value) this.#projected.get(projection)?.set(key, Uint8Array.from(value));
      else this.#projected.get(projection)?.delete(key);
    }
    this.#bus.announce(this.#log.length);
    return plan.appended;
  }

  head(): Position {
    this.#assertOpen();
    return this.#log.length;
  }

  version(stream: StreamId): number {
    this.#assertOpen();
    checkStream(stream);
    return this.#positionsOf(stream).length;
  }

  get tree(): StoredHashes {
    this.#assertOpen();
    return {
      hashes: (level, first, count) => {
        const found = this.#levels[level]?.slice(first, first + count) ?? [];
        if (found.length === count) return found;
        throw new FailedPreconditionError(`the tree has a hole at level ${level}, behind ${first + found.length}`);
      },
    };
  }

  placeOf(stream: StreamId, until: Position): Place {
    this.#assertOpen();
    checkStream(stream);
    const positions = this.#positionsOf(stream);
    const version = positions.findLastIndex((position) => position <= until) + 1;
    return { version, position: positions[version - 1] ?? 0 };
  }

  *read({ after = 0, until = this.head(), onDamage }: ReadOptions = {}): Iterable<LogRecord> {
    for (let position = after + 1; position <= Math.min(until, this.head()); position += 1) {
      yield* this.#decode(position, onDamage);
    }
  }

  events(options: ReadOptions = {}): Iterable<RecordedEvent> {
    return this.read(options);
  }

  *readStream(stream: StreamId, { afterVersion = 0, onDamage }: ReadStreamOptions = {}): Iterable<LogRecord> {
    this.#assertOpen();
    checkStream(stream);
    for (const position of this.#positionsOf(stream).slice(afterVersion)) yield* this.#decode(position, onDamage);
  }

  subscribe(options: SubscribeOptions = {}): AsyncIterable<LogRecord> {
    this.#assertOpen();
    const followed: Followed = {
      bus: this.#bus,
      beginOf: (after) => after,
      readChunk: (after, onDamage) => this.#readChunk(after, onDamage),
      watch: () => ({ [Symbol.dispose]: () => undefined }), // There are no other processes.
    };
    return follow(followed, options);
  }

  storedBytes(position: Position): Uint8Array | undefined {
    this.#assertOpen();
    const text = this.#log[position - 1];
    return text === undefined ? undefined : Buffer.from(text);
  }

  stored(): StoredLog {
    this.#assertOpen();
    const decode = (text: string, index: number) => decodeRecord(index + 1, text);
    return {
      origin: this.origin,
      base: this.base,
      records: () =>
        this.#log.map((text, index) => ({
          position: index + 1,
          leafHash: leafHashOfText(text),
          decoded: decode(text, index),
          whole: () => decode(text, index),
        })),
      streams: () =>
        [...this.#streams].flatMap(([key, positions]) => {
          const [namespace = '', task = ''] = key.split('\0');
          return positions.map((position, index) => ({ stream: { namespace, task }, version: index + 1, position }));
        }),
      leaves: () => runsOf(0, this.#levels[0] ?? []),
      nodes: () =>
        this.#levels
          .slice(1)
          .flatMap((level, below) => level.map((hash, index) => ({ level: below + 1, index, hash }))),
      checkpoints: () => [...this.#checkpoints].sort(([a], [b]) => a - b).map(([size, note]) => ({ size, note })),
      keys: () => [...this.#keys],
      blobs: () => this.#blobs,
      projectionVersion: (projection) => this.#projections.find(({ name }) => name === projection)?.version,
      projected: (projection) => this.projectedEntries(projection),
      snapshots: (series) => [...this.snapshots.newestFirst(series)].reverse(),
    };
  }

  async copyTo(): Promise<void> {
    throw new NotImplementedError('a log in memory has no files to copy');
  }

  async keepCheckpoint({ size, note }: StoredCheckpoint, key: string): Promise<void> {
    this.#assertOpen();
    this.#checkpoints.set(size, note);
    this.#keys.add(key);
  }

  blob(sha256: Sha256): Uint8Array {
    this.#assertOpen();
    const bytes = this.#blobs.get(sha256);
    return Uint8Array.from(checkedBlob(sha256, bytes, this));
  }

  projected(projection: string, key: string): Uint8Array | undefined {
    this.#assertOpen();
    const value = this.#projected.get(projection)?.get(key);
    return value && Uint8Array.from(value);
  }

  *projectedEntries(projection: string, prefix = ''): Iterable<readonly [key: string, value: Uint8Array]> {
    this.#assertOpen();
    const keys = [...(this.#projected.get(projection)?.keys() ?? [])].filter((key) => key.startsWith(prefix));
    for (const key of keys.sort(byBytes)) {
      const value = this.projected(projection, key);
      if (value) yield [key, value];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#bus.closed) this.#bus.close();
  }

  #growTree(added: readonly Sha256[]): void {
    const leaves = this.#levels[0] ?? [];
    const before = leaves.length;
    leaves.push(...added);
    for (const { level, hash } of nodesCompleted(this.tree, before, leaves.length)) {
      this.#levels[level] = [...(this.#levels[level] ?? []), hash];
    }
  }

  #positionsOf(stream: StreamId): Position[] {
    return this.#streams.get(keyOf(stream)) ?? [];
  }

  #readChunk(after: Position, onDamage: ReadOptions['onDamage']): Chunk {
    const last = Math.max(after, Math.min(after + chunkSize, this.#log.length));
    return { records: [...this.read({ after, until: last, ...(onDamage && { onDamage }) })], last };
  }

  *#decode(position: Position, onDamage: ReadOptions['onDamage']): Iterable<LogRecord> {
    const text = this.#log[position - 1];
    if (text === undefined) return;
    const decoded = decodeRecord(position, text);
    if (isDamage(decoded)) onDamage?.(decoded);
    else yield decoded;
  }

  #assertOpen(): void {
    if (this.#bus.closed) throw new UnavailableError('the log is closed');
  }
}

/** Names hold no NUL, so the key is unambiguous. */
function keyOf({ namespace, task }: StreamId): string {
  return `${namespace}\0${task}`;
}

/** The order of LMDB's keys. */
function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** What is carried on when records leave the log: all that is made of records later, and cannot be made anew then. */
import type { LogRecord } from '../event-log/event-log.js';
import { hashesIn } from '../event-log/hashes-in.js';
import type { FoldChange, LogBase } from '../event-log/log-base.js';
import type { Projection } from '../event-log/projection.js';
import { shreddingFold } from '../event-log/shredding.js';
import { StagedProjections } from '../event-log/staged-projections.js';
import { pluginProjection } from '../plugin/plugin-events.js';
import { timeFold } from '../projections/archived-times.js';
import {
  decodeKept,
  type KeptRequests,
  keptAfter,
  requestFoldName,
  requestFoldVersion,
} from '../projections/kept-requests.js';
import { historyFoldName, historyFoldVersion, StreamHistory } from '../projections/past-tasks.js';
import {
  encodeState,
  foldRecord,
  liveMark,
  markOfLive,
  stateAtBase,
  taskKey,
  taskProjection,
  taskProjectionName,
  type VersionedState,
} from '../projections/task-projection.js';
import { referenceFoldName, referenceFoldVersion, StreamReferences } from '../runtime/references.js';
import { isOver } from '../task/state.js';
import { hashesOfState } from './archive-payloads.js';

const projections: readonly Projection[] = [pluginProjection, shreddingFold, timeFold];

export const archiveFoldVersions: Readonly<Record<string, number>> = {
  ...Object.fromEntries([taskProjection, ...projections].map(({ name, version }) => [name, version])),
  [historyFoldName]: historyFoldVersion,
  [requestFoldName]: requestFoldVersion,
  [referenceFoldName]: referenceFoldVersion,
};

/** As an event says them. */
export function toldVersions(versions: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(versions)
    .map(([fold, version]) => `${fold} ${version}`)
    .sort();
}

interface Stream {
  state: VersionedState;
  readonly history: StreamHistory;
  kept: KeptRequests;
  readonly references: StreamReferences;
}

/** Takes the records behind a base, in order, and tells what they make of it. */
export class ArchiveFolds {
  readonly #base: LogBase;
  readonly #staged: StagedProjections;
  readonly #streams = new Map<string, Stream>();

  constructor(base: LogBase) {
    this.#base = base;
    this.#staged = new StagedProjections((fold, key) => base.folded(fold, key));
  }

  /** What records, or the states before them, refer to: nobody may need it any more. */
  readonly hashes = new Set<string>();

  take(record: LogRecord): void {
    for (const sha256 of hashesIn(record.event)) this.hashes.add(sha256);
    for (const projection of projections) this.#staged.apply(projection, record);
    if (record.task === '') return;
    const key = taskKey(record);
    const stream = this.#streams.get(key) ?? this.#atBase(key);
    this.#streams.set(key, stream);
    stream.history.take(stream.state, record);
    stream.kept = keptAfter(stream.kept, record);
    stream.references.take(record);
    stream.state = foldRecord(stream.state, record);
    if (isOver(stream.state.state)) stream.kept = {};
  }

  *changes(): Generator<FoldChange> {
    yield* this.#staged.changes();
    for (const [key, { state, history, kept, references }] of this.#streams) {
      const isLive = !isOver(state.state);
      yield [taskProjectionName, key, encodeState(state)];
      yield [taskProjectionName, liveMark + key, isLive ? markOfLive : undefined];
      if (!history.isEmpty) yield [historyFoldName, key, history.encode()];
      else if (this.#base.folded(historyFoldName, key)) yield [historyFoldName, key, undefined];
      if (!references.isEmpty) yield [referenceFoldName, key, references.encode()];
      yield [requestFoldName, key, isLive ? Buffer.from(JSON.stringify(kept)) : undefined];
    }
  }

  #atBase(key: string): Stream {
    const state = stateAtBase(this.#base, key);
    for (const sha256 of hashesOfState(state.state)) this.hashes.add(sha256);
    const kept = decodeKept(this.#base.folded(requestFoldName, key));
    for (const { event } of Object.values(kept)) for (const sha256 of hashesIn(event)) this.hashes.add(sha256);
    return {
      state,
      history: StreamHistory.atBase(this.#base, key),
      references: StreamReferences.atBase(this.#base, key),
      kept,
    };
  }
}

/** What is carried on when records leave the log: all that is made of records later, and cannot be made anew then. */
import type { LogRecord } from '../event-log/event-log.js';
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
  foldRecord,
  stateAtBase,
  taskKey,
  taskProjection,
  type VersionedState,
} from '../projections/task-projection.js';
import { referenceFoldName, referenceFoldVersion, StreamReferences } from '../runtime/references.js';
import { isOver } from '../task/state.js';

const projections: readonly Projection[] = [taskProjection, pluginProjection, shreddingFold, timeFold];

export const archiveFoldVersions: Readonly<Record<string, number>> = {
  ...Object.fromEntries(projections.map(({ name, version }) => [name, version])),
  [historyFoldName]: historyFoldVersion,
  [requestFoldName]: requestFoldVersion,
  [referenceFoldName]: referenceFoldVersion,
};

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

  take(record: LogRecord): void {
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
      if (!history.isEmpty) yield [historyFoldName, key, history.encode()];
      else if (this.#base.folded(historyFoldName, key)) yield [historyFoldName, key, undefined];
      if (!references.isEmpty) yield [referenceFoldName, key, references.encode()];
      yield [requestFoldName, key, isOver(state.state) ? undefined : Buffer.from(JSON.stringify(kept))];
    }
  }

  #atBase(key: string): Stream {
    return {
      state: stateAtBase(this.#base, key),
      history: StreamHistory.atBase(this.#base, key),
      references: StreamReferences.atBase(this.#base, key),
      kept: decodeKept(this.#base.folded(requestFoldName, key)),
    };
  }
}

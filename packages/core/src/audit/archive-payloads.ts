/** Which payloads leave the log with which segment: those that nothing refers to that stays. */
import type { EventLog, Position, StreamId } from '../event-log/event-log.js';
import { hashesIn } from '../event-log/hashes-in.js';
import type { Sha256 } from '../kernel/identifiers.js';
import { keptRequests } from '../projections/kept-requests.js';
import { liveStreams } from '../projections/task-projection.js';
import { load } from '../runtime/execute.js';
import { isPresent, type TaskState } from '../task/state.js';

/** What a task needs for as long as it is there. */
export function hashesOfState(state: TaskState): readonly string[] {
  if (state.status === 'creating') return [...hashesIn({ spec: state.spec })];
  if (!isPresent(state)) return [];
  const { spec, resources, execs } = state;
  return [
    ...hashesIn({ spec, resources }),
    ...Object.values(execs).flatMap((exec) => [...hashesIn({ spec: exec.spec })]),
  ];
}

export class PayloadPlan {
  /** How far records were looked at. */
  readonly scanned: Position;
  readonly #log: EventLog;
  readonly #lastReference = new Map<string, Position>();
  readonly #needed = new Set<string>();

  constructor(log: EventLog) {
    this.#log = log;
    this.scanned = log.head();
    for (const { event, position } of log.read({ until: this.scanned })) {
      for (const sha256 of hashesIn(event)) this.#lastReference.set(sha256, position);
    }
    for (const stream of liveStreams(log)) for (const sha256 of neededBy(log, stream)) this.#needed.add(sha256);
  }

  /**
   * Those that leave with the records up to a position, with their bytes; null for one that was archived before.
   *
   * @param candidates those that the records, or the states before them, refer to
   */
  leaving(candidates: Iterable<string>, last: Position): ReadonlyMap<Sha256, Uint8Array | null> {
    const leaving = new Map<Sha256, Uint8Array | null>();
    for (const sha256 of candidates as Iterable<Sha256>) {
      if (this.#needed.has(sha256) || (this.#lastReference.get(sha256) ?? 0) > last) continue;
      if (this.#log.base.payload(sha256)) leaving.set(sha256, null);
      else {
        const bytes = this.#bytesOf(sha256);
        if (bytes) leaving.set(sha256, bytes);
      }
    }
    return leaving;
  }

  /** Undefined for one that was shredded, or is damaged: it stays for whoever verifies the log. */
  #bytesOf(sha256: Sha256): Uint8Array | undefined {
    try {
      return Uint8Array.from(this.#log.blob(sha256));
    } catch {
      return undefined;
    }
  }
}

function neededBy(log: EventLog, stream: StreamId): readonly string[] {
  const requests = keptRequests(log, stream).flatMap((request) => [...hashesIn({ ...request })]);
  return [...hashesOfState(load(log, stream).state), ...requests];
}

/** Which payloads leave the log with which segment: those that nothing refers to that stays. */
import { archivedPath } from '../event-log/archived-path.js';
import type { EventLog, Position, StreamId } from '../event-log/event-log.js';
import { hashesIn } from '../event-log/hashes-in.js';
import type { ArchivedPayload } from '../event-log/log-base.js';
import { isPayloadIn, mostPayloadBytes } from '../event-log/payload-file.js';
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

/** @param root where archives are that were asked for nowhere else */
export class PayloadPlan {
  /** How far records were looked at. */
  readonly scanned: Position;
  readonly #log: EventLog;
  readonly #root: string;
  readonly #lastReference = new Map<string, Position>();
  readonly #needed = new Set<string>();

  constructor(log: EventLog, root: string) {
    this.#log = log;
    this.#root = root;
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
      const place = this.#log.base.payload(sha256);
      if (place) {
        // What the log has of it is the only copy, unless the other is seen to be whole.
        if (this.#isWhole(place)) leaving.set(sha256, null);
      } else {
        const bytes = this.#bytesOf(sha256);
        if (bytes) leaving.set(sha256, bytes);
      }
    }
    return leaving;
  }

  #isWhole(place: ArchivedPayload): boolean {
    const segment = this.#log.base.segments().find(({ last }) => last === place.last);
    if (!segment?.payloadFile) return false;
    return isPayloadIn(archivedPath(this.#root, segment, segment.payloadFile), place);
  }

  /** Undefined for one that was shredded, is damaged or too large: it stays, for whoever verifies the log. */
  #bytesOf(sha256: Sha256): Uint8Array | undefined {
    try {
      const bytes = this.#log.blob(sha256);
      return bytes.length > mostPayloadBytes ? undefined : Uint8Array.from(bytes);
    } catch {
      return undefined;
    }
  }
}

function neededBy(log: EventLog, stream: StreamId): readonly string[] {
  const requests = keptRequests(log, stream).flatMap((request) => [...hashesIn({ ...request })]);
  return [...hashesOfState(load(log, stream).state), ...requests];
}

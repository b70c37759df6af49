import type { Position } from './event-log.js';
import { checkSeries } from './snapshot-series.js';
import type { Snapshot, SnapshotStore } from './snapshot-store.js';

export class MemorySnapshots implements SnapshotStore {
  readonly writable = true;
  readonly #assertOpen: () => void;
  readonly #series = new Map<string, Map<Position, Uint8Array>>();

  /** @param assertOpen throws once the log is closed */
  constructor(assertOpen: () => void) {
    this.#assertOpen = assertOpen;
  }

  *newestFirst(series: string, until = Number.POSITIVE_INFINITY): Iterable<Snapshot> {
    for (const snapshot of this.#sorted(series).reverse()) if (snapshot.position <= until) yield snapshot;
  }

  next(series: string, from: Position): Snapshot | undefined {
    return this.#sorted(series).find(({ position }) => position >= from);
  }

  series(): readonly string[] {
    this.#assertOpen();
    return [...this.#series.keys()].sort();
  }

  put(snapshots: readonly (Snapshot & { readonly series: string })[]): void {
    this.#assertOpen();
    for (const { series } of snapshots) checkSeries(series);
    for (const { series, position, bytes } of snapshots) {
      const kept = this.#series.get(series) ?? new Map<Position, Uint8Array>();
      this.#series.set(series, kept.set(position, Uint8Array.from(bytes)));
    }
  }

  drop(series: string): void {
    this.#assertOpen();
    this.#series.delete(series);
  }

  #sorted(series: string): Snapshot[] {
    this.#assertOpen();
    const kept = [...(this.#series.get(series) ?? [])];
    return kept
      .map(([position, bytes]) => ({ position, bytes: Uint8Array.from(bytes) }))
      .sort((left, right) => left.position - right.position);
  }
}

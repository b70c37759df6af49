import { decodeCursor, encodeCursor, tryDecodeCursor } from './cursor-codec.js';
import type { Cursor, CursorChange, CursorStore } from './cursor-store.js';

export class MemoryCursors implements CursorStore {
  readonly #assertOpen: () => void;
  readonly #texts = new Map<string, string>();

  /** @param assertOpen throws once the log is closed */
  constructor(assertOpen: () => void) {
    this.#assertOpen = assertOpen;
  }

  all(onDamage?: (name: string) => void): readonly Cursor[] {
    this.#assertOpen();
    return [...this.#texts].sort().flatMap(([name, text]) => {
      const cursor = tryDecodeCursor(name, text);
      if (!cursor) onDamage?.(name);
      return cursor ?? [];
    });
  }

  get(name: string): Cursor | undefined {
    this.#assertOpen();
    const text = this.#texts.get(name);
    return text === undefined ? undefined : decodeCursor(name, text);
  }

  change(name: string, change: CursorChange): Cursor | undefined {
    const after = change(this.get(name));
    if (after) this.#texts.set(name, encodeCursor(after));
    else this.#texts.delete(name);
    return after;
  }

  drop(name: string): boolean {
    this.#assertOpen();
    return this.#texts.delete(name);
  }
}

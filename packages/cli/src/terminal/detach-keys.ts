/** The keys that take a person away from a process without touching it; docker's and podman's rules. */
import { InvalidArgumentError } from 'commander';

export const defaultDetachKeys = 'ctrl-p,ctrl-q';

/** What `ctrl-` can be pressed with, at its place its byte. */
const controlKeys = '@abcdefghijklmnopqrstuvwxyz[\\]^_';
const del = 0x7f;

/**
 * `ctrl-p,ctrl-q`: keys with commas in between, each a single character, `ctrl-` with one of `a` to `z`, `@`, `[`, `\`,
 * `]`, `^`, `_`, or `DEL`. Nothing at all means that there are none.
 *
 * @returns a byte for each
 */
export function parseDetachKeys(text: string): Uint8Array {
  return Uint8Array.from(text === '' ? [] : text.split(',').map(parseKey));
}

function parseKey(key: string): number {
  if (/^[\x21-\x7e]$/.test(key)) return key.charCodeAt(0);
  const control = /^ctrl-(.)$/i.exec(key)?.[1]?.toLowerCase();
  const byte = control === undefined ? -1 : controlKeys.indexOf(control);
  if (byte !== -1) return byte;
  if (key.toUpperCase() === 'DEL') return del;
  throw new InvalidArgumentError(
    `${JSON.stringify(key)} is no key: give single characters, or ctrl- with a letter or one of @ [ \\ ] ^ _, ` +
      `with commas in between, such as ${defaultDetachKeys}; nothing at all turns detaching off.`,
  );
}

/** Looks for the keys in what is typed. What may be their beginning is held back until it is clear. */
export class DetachKeys {
  readonly #keys: Uint8Array;
  #held: number[] = [];

  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /** What is for the process, and whether the keys were typed; what stands behind them is for nobody. */
  take(typed: Uint8Array): { readonly bytes: Uint8Array; readonly detached: boolean } {
    if (this.#keys.length === 0) return { bytes: typed, detached: false };
    const bytes: number[] = [];
    for (const byte of typed) {
      this.#held.push(byte);
      while (!this.#isBeginning()) bytes.push(this.#held.shift() as number);
      if (this.#held.length === this.#keys.length) return { bytes: Uint8Array.from(bytes), detached: true };
    }
    return { bytes: Uint8Array.from(bytes), detached: false };
  }

  /** What was held back when nothing more is typed. */
  rest(): Uint8Array {
    return Uint8Array.from(this.#held.splice(0));
  }

  #isBeginning(): boolean {
    return this.#held.every((byte, place) => byte === this.#keys[place]);
  }
}

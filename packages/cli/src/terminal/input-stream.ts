import type { Readable } from 'node:stream';

/** What is read from; a terminal has a raw mode. */
export type InputStream = Readable & {
  readonly isTTY?: boolean;
  readonly fd?: number;
  setRawMode?(raw: boolean): unknown;
};

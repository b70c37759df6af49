import type { LogRecord } from './event-log.js';

/** What a projection may touch while a record is appended: its own keys, nothing else. */
export interface ProjectionStore {
  get(key: string): Uint8Array | undefined;
  put(key: string, value: Uint8Array): void;
  delete(key: string): void;
}

/**
 * A read model, kept in the transaction of the records it is made from (P5). It must be a pure function of them: the
 * log makes it anew from where it begins when `version` is another than the stored one. A fold that archiving carries on
 * (log-base.ts) is one, too; what it has put stays when its records leave, so a new version must be able to read it.
 */
export interface Projection {
  readonly name: string;
  /** Grows whenever `apply` would make something else of the same records. */
  readonly version: number;
  apply(record: LogRecord, store: ProjectionStore): void;
}

/** What all tasks of the plugin share. */
import { type CallContext, signalOf } from '@shiplog/core';
import type { CriuProbe, Folders } from '@shiplog/oci';
import type { Connections } from './connections.js';
import type { EventsEndpoint } from './events-endpoint.js';

export interface ShimBackend extends Folders {
  /** Where shims are looked for before PATH: absolute. */
  readonly folder: string | undefined;
  /** Absolute; undefined where it is not there, and output cannot be kept. */
  readonly conmon: string | undefined;
  readonly connections: Connections;
  readonly events: EventsEndpoint;
  /** What runc's shims checkpoint and restore with. */
  readonly criu: CriuProbe;
  /** What a shim says of itself with `-v`, asked once; empty where it says nothing. */
  versionOf(binary: string): Promise<string>;
}

export function signalIn(context: CallContext | undefined): AbortSignal | undefined {
  return context === undefined ? undefined : signalOf(context, Date.now());
}

/** Everything that is loaded when a shim is asked for the first time: see index.ts. */
import { CriuProbe, type Folders, findProgram } from '@shiplog/oci';
import type { ShimBackend } from './backend.js';
import type { ShimPluginConfig } from './config.js';
import { Connections } from './connections.js';
import { EventsEndpoint } from './events-endpoint.js';
import { versionOf } from './probe.js';
import { ShimRuntime } from './shim-runtime.js';

export interface OpenedBackend extends AsyncDisposable {
  readonly runtime: ShimRuntime;
}

export function openBackend(
  id: string,
  folders: Folders,
  { folder, conmon = 'conmon' }: ShimPluginConfig,
): OpenedBackend {
  const { stateDir, rootDir } = folders;
  const connections = new Connections();
  const events = new EventsEndpoint({ stateDir, rootDir });
  const versions = new Map<string, Promise<string>>();
  const backend: ShimBackend = {
    stateDir,
    rootDir,
    folder,
    conmon: findProgram(conmon),
    connections,
    events,
    criu: new CriuProbe(false),
    versionOf: (binary) => {
      const known = versions.get(binary) ?? versionOf(binary);
      versions.set(binary, known);
      return known;
    },
  };
  return {
    runtime: new ShimRuntime(id, backend),
    [Symbol.asyncDispose]: async () => {
      connections[Symbol.dispose]();
      await events[Symbol.asyncDispose]();
    },
  };
}

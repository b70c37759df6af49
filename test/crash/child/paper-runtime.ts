/** Tasks that run on paper alone: what is done to them is in the log, and their checkpoints are in files, as a real one's. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CallContext,
  definePlugin,
  NotFoundError,
  type PlatformRuntime,
  type ProcessState,
  parseTimestamp,
  pluginApiVersion,
  type Task,
} from '@shiplog/core';
import { beginImages, draftOf, finishImages } from '../../../packages/oci/dist/images.js';

export const paperRuntimeId = 'io.containerd.paper.v1';

/** CRIU writes the last of them last. */
const imageFiles = ['core-1.img', 'pages-1.img', 'inventory.img'];

export const paperRuntime = () =>
  definePlugin({
    id: paperRuntimeId,
    type: 'runtime',
    apiVersion: pluginApiVersion,
    version: '1.0.0',
    init: (): PlatformRuntime => {
      const tasks = new Map<string, Task>();
      const exit = {
        pid: 1,
        status: 0,
        timestamp: parseTimestamp('2026-01-31T12:00:00Z'),
        certainty: 'observed' as const,
      };
      const get = async (id: string) => {
        const task = tasks.get(id);
        if (task) return task;
        throw new NotFoundError(`there is no task ${id}`);
      };
      return {
        id: paperRuntimeId,
        create: async (id) => {
          const task = {
            id,
            pid: async () => 1,
            start: async () => undefined,
            state: async () => ({ status: 'running', pid: 1 }) as ProcessState,
            wait: (context: CallContext = {}) =>
              new Promise((_, reject) => context.signal?.addEventListener('abort', reject)),
            kill: async () => undefined,
            checkpoint: async (path: string) => {
              beginImages(path, { options: {}, outsideFolders: [] });
              for (const name of imageFiles) writeFileSync(join(draftOf(path), name), Buffer.alloc(9_000, name));
              finishImages(path);
            },
          };
          tasks.set(id, task as unknown as Task);
          return get(id);
        },
        get,
        tasks: async () => [...tasks.values()],
        delete: async (id) => {
          await get(id);
          tasks.delete(id);
          return { ...exit, evidence: '', oomKilled: false };
        },
      };
    },
  });

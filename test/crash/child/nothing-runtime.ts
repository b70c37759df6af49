import { definePlugin, NotFoundError, type PlatformRuntime, pluginApiVersion, type Task } from '@shiplog/core';

export const nothingRuntimeId = 'io.containerd.nothing.v1';

/** Its tasks are nothing but their mounts: they have ended as soon as they are created, and are forgotten. */
export const nothingRuntime = (onCreate: () => void = () => undefined) =>
  definePlugin({
    id: nothingRuntimeId,
    type: 'runtime',
    apiVersion: pluginApiVersion,
    version: '1.0.0',
    init: (): PlatformRuntime => {
      const gone = () => Promise.reject(new NotFoundError('it is gone'));
      return {
        id: nothingRuntimeId,
        create: async (id) => {
          onCreate();
          return { id, pid: async () => process.pid } as unknown as Task;
        },
        get: gone,
        tasks: async () => [],
        delete: gone,
      };
    },
  });

/** Each has a folder of that name among the templates. */
export const pluginTypes = ['runtime', 'mount-handler', 'event-sink', 'log-driver', 'task-monitor'] as const;

export type PluginType = (typeof pluginTypes)[number];

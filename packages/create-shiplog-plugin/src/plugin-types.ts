/** Each has a folder of that name among the templates. */
export const pluginTypes = ['runtime', 'mount-handler', 'event-sink', 'log-driver', 'task-monitor'] as const;

export type PluginType = (typeof pluginTypes)[number];

/** There are rules for these; the others come with tests of their own. */
export const typesWithRules: ReadonlySet<PluginType> = new Set(['runtime', 'mount-handler', 'event-sink']);

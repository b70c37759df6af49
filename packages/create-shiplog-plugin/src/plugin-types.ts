/** Each has a folder of that name among the templates. */
export const pluginTypes = ['runtime', 'mount-handler', 'event-sink', 'log-driver', 'task-monitor'] as const;

export type PluginType = (typeof pluginTypes)[number];

/** In a sentence: an event-sink. */
export function withArticle(type: PluginType): string {
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

/** The part of a manifest that decides on the order. */
export interface Requiring {
  readonly id: string;
  readonly requires?: readonly string[];
}

export interface StartOrder<P> {
  /** Everything that was given, each behind all that it requires; else in the order given. */
  readonly order: readonly P[];
  /** Those that require themselves, each with the way round: `a -> b -> a`. They have no right place in the order. */
  readonly cycles: ReadonlyMap<P, string>;
}

/** Pure. IDs must differ; a requirement that is not among the plugins orders nothing. */
export function startOrder<P extends Requiring>(plugins: readonly P[]): StartOrder<P> {
  const byId = new Map(plugins.map((plugin) => [plugin.id, plugin]));
  const order = new Set<P>();
  const cycles = new Map<P, string>();

  // Depth first; `path` leads from where the walk began to the plugin that asks.
  const visit = (plugin: P, path: readonly P[]): void => {
    const start = path.indexOf(plugin);
    if (start !== -1) {
      const round = path.slice(start);
      const text = [...round, plugin].map(({ id }) => id).join(' -> ');
      for (const member of round) cycles.set(member, text);
      return;
    }
    if (order.has(plugin)) return;
    for (const id of plugin.requires ?? []) {
      const required = byId.get(id);
      if (required) visit(required, [...path, plugin]);
    }
    order.add(plugin);
  };
  for (const plugin of plugins) visit(plugin, []);
  return { order: [...order], cycles };
}

/** What `shiplog help TOPIC` explains; each page is a module of its own, and only the one that was named is loaded. */
export interface TopicEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly page: () => string }>;
}

export const topics: readonly TopicEntry[] = [
  { name: 'runtimes', summary: 'what runs the containers, and how one is chosen', load: () => import('./runtimes.js') },
  { name: 'io', summary: 'where the output of a container goes', load: () => import('./io.js') },
  { name: 'mounts', summary: 'root file systems, mounts, and what they take', load: () => import('./mounts.js') },
  { name: 'events', summary: 'every event of the log, and how to read it', load: () => import('./events.js') },
  { name: 'audit', summary: 'what the log proves, and what to keep elsewhere', load: () => import('./audit.js') },
  { name: 'past', summary: 'what there was at a position, or at a time', load: () => import('./past.js') },
  {
    name: 'subscriptions',
    summary: 'reading all of the log, across crashes',
    load: () => import('./subscriptions.js'),
  },
];

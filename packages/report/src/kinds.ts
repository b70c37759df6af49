/** What a reader of the report looks for, by an event's topic. Shared by the page; so it is pure, and knows no Node.js. */

export const kinds = [
  'lifecycle',
  'exec',
  'kill',
  'oom',
  'failure',
  'recovery',
  'checkpoint',
  'update',
  'mount',
  'shred',
  'request',
  'other',
] as const;

export type Kind = (typeof kinds)[number];

const byTopic: Readonly<Record<string, Kind>> = {
  '/tasks/create': 'lifecycle',
  '/tasks/start': 'lifecycle',
  '/tasks/paused': 'lifecycle',
  '/tasks/resumed': 'lifecycle',
  '/tasks/exit': 'lifecycle',
  '/tasks/delete': 'lifecycle',
  '/tasks/exec-added': 'lifecycle',
  '/tasks/exec-started': 'exec',
  '/tasks/signalled': 'kill',
  '/tasks/oom': 'oom',
  '/tasks/rejected': 'failure',
  '/recovery/claimed': 'recovery',
  '/recovery/cleaned': 'recovery',
  '/tasks/checkpointed': 'checkpoint',
  '/tasks/updated': 'update',
  '/mounts/activated': 'mount',
  '/mounts/deactivated': 'mount',
  '/audit/shredded': 'shred',
};

export function kindOf(type: string): Kind {
  if (type.endsWith('-failed')) return 'failure';
  if (type.endsWith('-requested')) return 'request';
  const kind = Object.hasOwn(byTopic, type) ? byTopic[type] : undefined;
  return kind ?? (type.startsWith('/recovery/') ? 'recovery' : 'other');
}

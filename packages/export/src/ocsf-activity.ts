/** Which activity of OCSF each of our topics is. docs/audit-export.md has the same as a table. */

/** Classes of OCSF 1.8.0, category System Activity. */
export const classes = {
  process: { uid: 1007, name: 'Process Activity' },
  file: { uid: 1001, name: 'File System Activity' },
} as const;

/** Enumerations of the base event. */
export const severities = {
  informational: { id: 1, name: 'Informational' },
  low: { id: 2, name: 'Low' },
  medium: { id: 3, name: 'Medium' },
  high: { id: 4, name: 'High' },
} as const;

export interface Activity {
  readonly class: keyof typeof classes;
  readonly id: number;
  readonly name: string;
  /** Undefined where nothing came of it yet. */
  readonly success: boolean | undefined;
  readonly severity: keyof typeof severities;
}

const launch = { class: 'process', id: 1, name: 'Launch' } as const;
const terminate = { class: 'process', id: 2, name: 'Terminate' } as const;
const mount = { class: 'file', id: 12, name: 'Mount' } as const;
const unmount = { class: 'file', id: 13, name: 'Unmount' } as const;

/** What has an activity of its own; of everything else the topic is the activity's name. */
const activities: Readonly<Record<string, typeof launch | typeof terminate | typeof mount | typeof unmount>> = {
  '/tasks/start': launch,
  '/tasks/start-failed': launch,
  '/tasks/exec-started': launch,
  '/tasks/exec-start-failed': launch,
  '/tasks/exit': terminate,
  '/mounts/activated': mount,
  '/mounts/activate-failed': mount,
  '/mounts/deactivated': unmount,
  '/mounts/deactivate-failed': unmount,
};

const otherActivity = 99;

export function activityOf(type: string): Activity {
  const own = Object.hasOwn(activities, type) ? activities[type] : undefined;
  const other = { class: type.startsWith('/mounts/') ? 'file' : 'process', id: otherActivity, name: type } as const;
  return { ...(own ?? other), success: successOf(type), severity: severityOf(type) };
}

function successOf(type: string): boolean | undefined {
  if (type.endsWith('-requested')) return undefined;
  return !(type.endsWith('-failed') || type === '/tasks/rejected');
}

/** Somebody's process was gone; something was destroyed for good. */
const notable: ReadonlySet<string> = new Set(['/recovery/claimed', '/recovery/cleaned', '/audit/shredded']);

function severityOf(type: string): Activity['severity'] {
  if (type === '/tasks/oom') return 'high';
  if (type.endsWith('-failed') || notable.has(type)) return 'medium';
  return type === '/tasks/rejected' ? 'low' : 'informational';
}

/** An event as a line. */
import type { LogRecord } from '@shiplog/core';
import type { Column } from '../output/table.js';
import { signalName } from '../signals.js';

/** What `events --json` prints: the contract of docs/events.md. */
export function eventJson(record: LogRecord): Readonly<Record<string, unknown>> {
  const { position, time, namespace, task, type, actor, runtime, event } = record;
  return { position, time, namespace, task, type, actor, runtime, event };
}

/** A terminal that is narrower sees no date. */
const roomForDate = 110;

/** Rows are printed as they come, so that each column has its width beforehand. */
export function eventColumns(width: number | undefined): readonly Column<LogRecord>[] {
  const withDate = width === undefined || width >= roomForDate;
  const [from, length] = withDate ? [0, 23] : [11, 12];
  return [
    { title: 'POS', value: ({ position }) => position, align: 'right', width: 5 },
    {
      title: 'TIME (UTC)',
      value: ({ time }) => time.slice(from, from + length).replace('T', ' '),
      tone: () => 'faint',
      width: length,
    },
    { title: 'NAMESPACE', value: ({ namespace }) => namespace },
    { title: 'TASK', value: ({ task }) => task, width: 8, yields: 'last' },
    {
      title: 'TYPE',
      value: ({ type }) => type,
      tone: ({ type }) => (type.endsWith('-failed') || type === '/tasks/rejected' ? 'bad' : 'plain'),
      width: '/tasks/create-requested'.length,
    },
    { title: 'SUMMARY', value: ({ event }) => summaryOf(event), yields: 'first' },
  ];
}

type Payload = LogRecord['event'];
type Phrase = (event: Payload) => string | undefined;

/**
 * Made of the fields that an event has, not of its type: so an event of a later version has a summary, too (P8).
 * Only what is named here is shown.
 */
const phrases: readonly Phrase[] = [
  ({ runtime }) => text(runtime),
  ({ execId }) => text(execId) && `exec ${text(execId)}`,
  ({ id, containerId }) => (text(id) && id !== containerId ? `exec ${text(id)}` : undefined),
  ({ command }) => text(command),
  ({ signal, all }) =>
    typeof signal === 'number' ? `${signalName(signal)}${all === true ? ' to all' : ''}` : undefined,
  ({ pid }) => (typeof pid === 'number' && pid > 0 ? `pid ${pid}` : undefined),
  ({ exitStatus }) => (typeof exitStatus === 'number' ? `exit code ${exitStatus}` : undefined),
  ({ certainty }) => (certainty === 'observed' ? undefined : text(certainty)),
  ({ target }) => text(target),
  ({ checkpoint }) => text(checkpoint),
  ({ plugin, version }) => text(plugin) && [plugin, version].filter(text).join(' '),
  ({ message }) => text(message),
  ({ reason }) => text(reason),
  ({ evidence }) => text(evidence),
];

export function summaryOf(event: Payload): string {
  return phrases
    .map((phrase) => phrase(event))
    .filter((phrase) => phrase)
    .join(', ');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

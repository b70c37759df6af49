/** An event as a line. */
import type { LogRecord } from '@shiplog/core';
import type { Column } from '../output/table.js';
import { signalName } from '../signals.js';

/** What `events --json` prints: the contract of docs/events.md. */
export function eventJson(record: LogRecord): Readonly<Record<string, unknown>> {
  const { position, time, namespace, task, version, type, schema, actor, runtime, runtimeVersion } = record;
  const { runtimeConfig, correlationId, causation, event } = record;
  return {
    ...{ position, time, namespace, task, version, type, schema, actor, runtime, runtimeVersion },
    ...(runtimeConfig !== undefined && { runtimeConfig }),
    ...{ correlationId, causation, event },
  };
}

/** A terminal that is narrower sees neither date nor who it was, and one that is narrower still no milliseconds: the position
 * tells the order. */
const roomForAll = 110;
const roomForMilliseconds = 90;

/** Rows are printed as they come, so that each column has its width beforehand. */
export function eventColumns(width: number | undefined): readonly Column<LogRecord>[] {
  const columns = width ?? Number.POSITIVE_INFINITY;
  const isWide = columns >= roomForAll;
  const [from, length] = isWide ? [0, 23] : [11, columns >= roomForMilliseconds ? 12 : 8];
  return [
    { title: 'POS', value: ({ position }) => position, align: 'right', width: 5 },
    {
      title: 'TIME (UTC)',
      value: ({ time }) => time.slice(from, from + length).replace('T', ' '),
      tone: () => 'faint',
      width: length,
      yields: 'last',
    },
    { title: 'NAMESPACE', value: ({ namespace }) => namespace },
    { title: 'TASK', value: ({ task }) => task, width: 8, yields: 'late' },
    {
      title: 'TYPE',
      value: ({ type }) => type,
      tone: ({ type }) => (type.endsWith('-failed') || type === '/tasks/rejected' ? 'bad' : 'plain'),
      width: '/tasks/create-requested'.length,
      yields: 'last',
    },
    ...(isWide ? [{ title: 'WHO', value: ({ actor }: LogRecord) => whoOf(actor), width: 8 }] : []),
    { title: 'SUMMARY', value: ({ event }) => summaryOf(event), yields: 'first' },
  ];
}

/** Whom the embedding program names, or else who logged in, or else whose process it was; and why. */
export function whoOf({ user, ticket, uid, loginUid }: LogRecord['actor']): string {
  const who = user || `uid ${loginUid ?? uid}`;
  return ticket ? `${who} ${ticket}` : who;
}

/** All that is known of who it was, for `events -v`: a line for each thing that is known. */
export function actorLines({ actor, runtime, runtimeVersion, runtimeConfig }: LogRecord): readonly string[] {
  const { uid, gid, pid, loginUid, command, argv, user, ticket, requestId } = actor;
  const login = loginUid === null ? '' : `, login uid ${loginUid}`;
  const said = [...(user ? [`user ${user}`] : []), ...(ticket ? [`ticket ${ticket}`] : [])];
  const config = runtimeConfig === undefined ? '' : `, configuration ${runtimeConfig}`;
  return [
    [...said, `uid ${uid}, gid ${gid}, pid ${pid}${login}`, `request ${requestId}`].join(', '),
    ...(argv ? [shellText(argv)] : command === '' ? [] : [command]),
    ...(runtime === '' ? [] : [`${runtime} ${runtimeVersion}${config}`.trimEnd()]),
  ];
}

/** A command line as a shell would read it again. */
export function shellText(argv: readonly string[]): string {
  return argv.map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./*-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
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
  ({ message }) => text(message),
  ({ evidence }) => text(evidence),
  ({ tasks }) => (Array.isArray(tasks) ? `of ${tasks.join(', ')}` : undefined),
  ({ reason }) => text(reason),
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

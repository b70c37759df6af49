/**
 * A record as an event of OCSF 1.8.0, with the container profile: what happens to a task is Process Activity, whose process
 * has the container; what happens to its mounts is File System Activity. docs/audit-export.md has the table.
 */
import { createHash } from 'node:crypto';
import type { LogRecord } from '@shiplog/core';
import { countOf, eventId, execOf, millisOf, type Origin, type StoredRecord, textOf } from './event-facts.js';
import { type Activity, activityOf, classes, severities } from './ocsf-activity.js';

export const ocsfVersion = '1.8.0';

export type OcsfEvent = Readonly<Record<string, unknown>>;

/** @param version of Shiplog */
export function toOcsfEvent({ record, bytes }: StoredRecord, log: Origin & { readonly version: string }): OcsfEvent {
  const { position, namespace, task, type, time, correlationId, event, schema } = record;
  const activity = activityOf(type);
  const { uid, name } = classes[activity.class];
  const severity = severities[activity.severity];
  const logged = millisOf(time);
  const whose = task === '' ? '' : ` of ${namespace}/${task}`;
  return {
    activity_id: activity.id,
    activity_name: activity.name,
    category_uid: 1,
    category_name: 'System Activity',
    class_uid: uid,
    class_name: name,
    type_uid: uid * 100 + activity.id,
    type_name: `${name}: ${activity.id === 99 ? 'Other' : activity.name}`,
    severity_id: severity.id,
    severity: severity.name,
    time: happenedAt(record) ?? logged ?? 0,
    message: `${type}${whose}`,
    ...statusOf(activity, record),
    metadata: {
      version: ocsfVersion,
      profiles: ['container'],
      product: { name: 'Shiplog', vendor_name: 'Shiplog', version: log.version },
      uid: eventId(log, position),
      sequence: position,
      event_code: type,
      log_name: log.origin,
      log_version: String(schema),
      original_time: time,
      ...(logged !== undefined && { logged_time: logged }),
      ...(correlationId !== '' && { correlation_uid: correlationId }),
    },
    actor: actorOf(record),
    ...(record.actor.ticket !== undefined && { unmapped: { ticket: record.actor.ticket } }),
    // The log does not know its host's name, and none is made up.
    device: { type_id: 0, type: 'Unknown', uid: log.origin },
    ...(activity.class === 'process' ? processOf(record) : fileOf(event)),
    raw_data: Buffer.from(bytes).toString(),
    raw_data_hash: {
      algorithm_id: 3,
      algorithm: 'SHA-256',
      value: createHash('sha256').update(bytes).digest('hex'),
    },
    raw_data_size: bytes.length,
  };
}

/** A process ended when it did, not when somebody noticed; where nobody knows, it is when it was noticed (P4). */
function happenedAt({ type, event }: LogRecord): number | undefined {
  if (type !== '/tasks/exit' || textOf(event, 'certainty') === 'unknown') return undefined;
  return millisOf(textOf(event, 'exitedAt'));
}

function statusOf({ success }: Activity, { event }: LogRecord): OcsfEvent {
  if (success === undefined) return { status_id: 0, status: 'Unknown' };
  if (success) return { status_id: 1, status: 'Success' };
  const [code, message] = [textOf(event, 'code'), textOf(event, 'message')];
  return {
    status_id: 2,
    status: 'Failure',
    ...(code !== undefined && { status_code: code }),
    ...(message !== undefined && { status_detail: message }),
  };
}

function actorOf({ actor }: LogRecord): OcsfEvent {
  const { uid, loginUid, user, pid, command, argv } = actor;
  return {
    user: {
      uid: String(uid),
      type_id: uid === 0 ? 2 : 1,
      type: uid === 0 ? 'Admin' : 'User',
      ...(loginUid !== null && { uid_alt: String(loginUid) }),
      ...(user !== '' && { display_name: user }),
    },
    // Without the values that may be secret: they are masked in the record, too.
    process: { pid, cmd_line: argv?.join(' ') ?? command },
  };
}

function processOf(record: LogRecord): OcsfEvent {
  const { namespace, task, type, runtime, event } = record;
  const container = `${namespace}/${task}`;
  const exec = execOf(record);
  const pid = countOf(event, 'pid');
  const exited = type === '/tasks/exit';
  const time = happenedAt(record);
  return {
    ...(type === '/tasks/start' || type === '/tasks/exec-started' ? { launch_type_id: 1, launch_type: 'Spawn' } : {}),
    ...(exited && { exit_code: countOf(event, 'exitStatus') ?? 255 }),
    process: {
      uid: exec === undefined ? container : `${container}/${exec}`,
      ...(pid !== undefined && pid > 0 && { pid }),
      ...(exited && time !== undefined && { terminated_time: time }),
      ...(task !== '' && { container: { uid: container, name: task, ...(runtime !== '' && { runtime }) } }),
    },
  };
}

function fileOf(event: LogRecord['event']): OcsfEvent {
  const path = textOf(event, 'target') ?? '';
  return { file: { name: path.split('/').at(-1) ?? '', ...(path !== '' && { path }), type_id: 2, type: 'Folder' } };
}

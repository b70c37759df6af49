import { createHash } from 'node:crypto';
import { eventVersions, type LogRecord, type TaskTopic, taskTopics } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { ocsfVersion, toOcsfEvent } from '../src/index.js';
import { ocsfProblems, publishedVersion } from './ocsf-validator.js';
import { recordOf, samplePayloads, strangers, systemPayloads } from './sample-events.js';

const log = { origin: '0b9fd5ab-5f4e-4f0a-9a55-0b4d1c6f2b11', version: '0.1.0' };
const eventOf = (record: LogRecord) => toOcsfEvent({ record, bytes: Buffer.from(JSON.stringify(record)) }, log);
const sampleOf = (topic: TaskTopic) => recordOf(topic, samplePayloads[topic], { schema: eventVersions[topic] });

/** Class, activity, status (0 unknown, 1 success, 2 failure), severity (1 informational to 4 high). */
const mapping: Readonly<Record<TaskTopic, readonly [number, number, number, number]>> = {
  '/tasks/create-requested': [1007, 99, 0, 1],
  '/tasks/create': [1007, 99, 1, 1],
  '/tasks/create-failed': [1007, 99, 2, 3],
  '/tasks/start-requested': [1007, 99, 0, 1],
  '/tasks/start': [1007, 1, 1, 1],
  '/tasks/start-failed': [1007, 1, 2, 3],
  '/tasks/exec-requested': [1007, 99, 0, 1],
  '/tasks/exec-added': [1007, 99, 1, 1],
  '/tasks/exec-failed': [1007, 99, 2, 3],
  '/tasks/exec-start-requested': [1007, 99, 0, 1],
  '/tasks/exec-started': [1007, 1, 1, 1],
  '/tasks/exec-start-failed': [1007, 1, 2, 3],
  '/tasks/kill-requested': [1007, 99, 0, 1],
  '/tasks/signalled': [1007, 99, 1, 1],
  '/tasks/kill-failed': [1007, 99, 2, 3],
  '/tasks/pause-requested': [1007, 99, 0, 1],
  '/tasks/paused': [1007, 99, 1, 1],
  '/tasks/pause-failed': [1007, 99, 2, 3],
  '/tasks/resume-requested': [1007, 99, 0, 1],
  '/tasks/resumed': [1007, 99, 1, 1],
  '/tasks/resume-failed': [1007, 99, 2, 3],
  '/tasks/update-requested': [1007, 99, 0, 1],
  '/tasks/updated': [1007, 99, 1, 1],
  '/tasks/update-failed': [1007, 99, 2, 3],
  '/tasks/checkpoint-requested': [1007, 99, 0, 1],
  '/tasks/checkpointed': [1007, 99, 1, 1],
  '/tasks/checkpoint-failed': [1007, 99, 2, 3],
  '/tasks/exit': [1007, 2, 1, 1],
  '/tasks/oom': [1007, 99, 1, 4],
  '/tasks/delete-requested': [1007, 99, 0, 1],
  '/tasks/delete': [1007, 99, 1, 1],
  '/tasks/delete-failed': [1007, 99, 2, 3],
  '/tasks/rejected': [1007, 99, 2, 2],
  '/recovery/claimed': [1007, 99, 1, 3],
  '/recovery/clean-requested': [1007, 99, 0, 1],
  '/recovery/cleaned': [1007, 99, 1, 3],
  '/recovery/clean-failed': [1007, 99, 2, 3],
  '/mounts/activate-requested': [1001, 99, 0, 1],
  '/mounts/activated': [1001, 12, 1, 1],
  '/mounts/activate-failed': [1001, 12, 2, 3],
  '/mounts/deactivate-requested': [1001, 99, 0, 1],
  '/mounts/deactivated': [1001, 13, 1, 1],
  '/mounts/deactivate-failed': [1001, 13, 2, 3],
};

describe('a record as an event of OCSF', () => {
  it('is of the version whose definitions are checked here', () => {
    expect(ocsfVersion).toBe(publishedVersion);
  });

  it.each(taskTopics)('of %s is valid, and says what it is', (topic) => {
    const event = eventOf(sampleOf(topic));
    expect(ocsfProblems(event)).toEqual([]);
    const { class_uid, activity_id, status_id, severity_id } = event;
    expect([class_uid, activity_id, status_id, severity_id]).toEqual(mapping[topic]);
  });

  it.each([
    ['/audit/shred-requested', [1007, 99, 0, 1]],
    ['/audit/shredded', [1007, 99, 1, 3]],
    ['/audit/shred-failed', [1007, 99, 2, 3]],
  ] as const)('of %s is valid, and says what it is', (topic, expected) => {
    const event = eventOf(recordOf(topic, systemPayloads[topic], { namespace: '', task: '' }));
    expect(ocsfProblems(event)).toEqual([]);
    const { class_uid, activity_id, status_id, severity_id } = event;
    expect([class_uid, activity_id, status_id, severity_id]).toEqual(expected);
  });

  it.each(strangers)('that is unknown here ($type) is valid all the same', (record) => {
    expect(ocsfProblems(eventOf(record))).toEqual([]);
  });

  it('has the container of the process, by its profile', () => {
    expect(eventOf(sampleOf('/tasks/exec-started'))).toMatchObject({
      metadata: { profiles: ['container'] },
      process: {
        uid: 'default/web/probe',
        pid: 43,
        container: { uid: 'default/web', name: 'web', runtime: 'io.containerd.runc.v2' },
      },
    });
  });

  it('is at the time at which the process ended, and logged when that was noticed', () => {
    const { time, metadata, exit_code: code } = eventOf(sampleOf('/tasks/exit'));
    expect([time, code]).toEqual([Date.parse('2026-01-01T00:00:01.500Z'), 137]);
    expect(metadata).toMatchObject({ logged_time: Date.parse('2026-01-01T00:00:02.123Z') });
  });

  it('is at the time at which it was noticed, where nobody knows when the process ended', () => {
    const exit = { ...samplePayloads['/tasks/exit'], certainty: 'unknown' };
    expect(eventOf(recordOf('/tasks/exit', exit)).time).toBe(Date.parse('2026-01-01T00:00:02.123Z'));
  });

  it('carries the stored bytes, and their hash', () => {
    const record = sampleOf('/tasks/oom');
    const bytes = Buffer.from(JSON.stringify(record));
    expect(eventOf(record)).toMatchObject({
      raw_data: bytes.toString(),
      raw_data_size: bytes.length,
      raw_data_hash: { algorithm_id: 3, value: createHash('sha256').update(bytes).digest('hex') },
    });
  });

  it('says who it was as far as it is known', () => {
    const { actor, unmapped } = eventOf(sampleOf('/tasks/start'));
    expect(unmapped).toEqual({ ticket: 'CHG-7' });
    expect(actor).toEqual({
      user: { uid: '0', type_id: 2, type: 'Admin', uid_alt: '1000', display_name: 'ada' },
      process: { pid: 900, cmd_line: 'shiplog run --env KEY=*** web ...' },
    });
  });
});

describe('the check itself', () => {
  const event = eventOf(sampleOf('/tasks/start'));
  const process = event.process as Record<string, unknown>;
  it.each<[string, Record<string, unknown>, string]>([
    ['what is not defined', { ...event, shiplog: 1 }, 'process_activity.shiplog is not defined'],
    ['what is missing', { ...event, severity_id: undefined }, 'process_activity.severity_id is required'],
    ['a wrong type', { ...event, time: '2026' }, 'process_activity.time is no long_t'],
    ['a caption that is another’s', { ...event, severity: 'High' }, 'process_activity.severity is not Informational'],
    ['a number of no enumeration', { ...event, status_id: 7 }, 'status_id is none of its enumeration'],
    [
      'a profile that is not named',
      { ...event, metadata: { ...(event.metadata as object), profiles: [] } },
      'process.container is not defined',
    ],
    [
      'an object without a name',
      { ...event, process: { container: process.container } },
      'process has none of pid, uid, cpid',
    ],
    ['a class that is none', { ...event, class_uid: 4711 }, 'there is no class 4711'],
  ])('finds %s', (_, wrong, problem) => {
    expect(ocsfProblems(wrong).join('\n')).toContain(problem);
  });
});

import { describe, expect, it } from 'vitest';
import type { NewRecord } from '../../src/event-log/event-log.js';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { asOf } from '../../src/projections/as-of.js';
import { stateChanges } from '../../src/projections/state-changes.js';
import type { TaskEvent } from '../../src/task/events.js';
import { blob, done, event, exited, owner, requested } from '../task/fixtures.js';
import { recordOf } from '../task/walk.js';

const running = [requested.create, done.create, requested.start, done.start];
const deleted = [...running, exited, requested.delete, done.delete];
const ran = running.length;

/** Of one task after the other, each record of its own time. */
async function changes(from: number, to: number, told: Readonly<Record<string, readonly TaskEvent[]>>) {
  await using log = new MemoryEventLog();
  let place = 0;
  for (const [name, events] of Object.entries(told)) {
    const [namespace = '', task = ''] = name.split('/');
    for (const each of events) {
      place += 1;
      const { position, version, namespace: _n, task: _t, ...record } = recordOf(each, place);
      const records: NewRecord[] = [record];
      await log.append({ stream: { namespace, task }, expectedVersion: 'any', records });
    }
  }
  return stateChanges(await asOf(log, from), await asOf(log, to));
}

const facts = (found: Awaited<ReturnType<typeof changes>>) =>
  Object.fromEntries(
    found.tasks.flatMap((task) => task.facts.map(({ fact, before, after }) => [fact, [before, after]])),
  );

describe('what changed between two points', () => {
  it('are tasks that came', async () => {
    const found = await changes(0, ran, { 'default/web': running });
    expect(found).toMatchObject({ from: 0, to: ran, tasks: [{ namespace: 'default', task: 'web', kind: 'came' }] });
    expect(facts(found)).toMatchObject({ status: ['absent', 'running'], pid: [null, 100] });
  });

  it('are tasks that went, and how they ended', async () => {
    const found = await changes(ran, deleted.length, { 'default/web': deleted });
    expect(found.tasks).toMatchObject([{ task: 'web', kind: 'went', after: { state: { status: 'deleted' } } }]);
    expect(facts(found)).toMatchObject({ status: ['running', 'deleted'], exitStatus: [null, 7] });
  });

  it('are tasks that have another status, exit, limits or exec', async () => {
    const exec = [requested.exec, done.exec, requested['exec-start'], done['exec-start']];
    const events = [...running, ...exec, requested.update, done.update, exited];
    const found = await changes(ran, events.length, { 'default/web': events });
    expect(found.tasks).toMatchObject([{ kind: 'changed' }]);
    expect(facts(found)).toEqual({
      status: ['running', 'stopped'],
      exitStatus: [null, 7],
      exitedAt: [null, '2026-01-31T12:00:00.000000000Z'],
      certainty: [null, 'observed'],
      limits: [null, blob.sha256],
      'exec shell status': [null, 'running'],
      'exec shell pid': [null, 200],
    });
  });

  it('is another task under the same name', async () => {
    const found = await changes(ran, deleted.length + ran, { 'default/web': [...deleted, ...running] });
    expect(found.tasks).toMatchObject([{ kind: 'replaced' }]);
    expect(Object.keys(facts(found))).toEqual(['createRequestedAt', 'startedAt']);
  });

  it('is no task that came and went in between, and none that is as it was', async () => {
    const found = await changes(ran, ran + deleted.length, { 'default/a': running, 'default/b': deleted });
    expect(found).toMatchObject({ tasks: [], mounts: [] });
  });

  it('can be asked backwards', async () => {
    const found = await changes(ran, 0, { 'default/web': running });
    expect(found.tasks).toMatchObject([{ kind: 'went', after: { state: { status: 'absent' } } }]);
  });

  it('comes in the order of namespace and task', async () => {
    const found = await changes(0, 3 * ran, { 'b/a': running, 'a/z': running, 'a/b': running });
    expect(found.tasks.map(({ namespace, task }) => `${namespace}/${task}`)).toEqual(['a/b', 'a/z', 'b/a']);
  });

  it('are mounts that were made, changed and are gone', async () => {
    const mounts = [{ type: 'tmpfs', source: 'tmpfs', target: '/', options: [] }];
    const target = '/mnt/a';
    const events = [
      event('/mounts/activate-requested', { requestId: 'm', owner, target, mounts }),
      event('/mounts/activated', { requestId: 'm', target, mounts }),
      event('/mounts/deactivate-requested', { requestId: 'n', owner, target }),
      event('/mounts/deactivated', { requestId: 'n', target, detached: [] }),
    ];
    const found = async (from: number, to: number) => (await changes(from, to, { 'default/web': events })).mounts;
    expect(await found(0, 2)).toMatchObject([{ kind: 'made', target, after: { status: 'active' } }]);
    expect(await found(1, 2)).toMatchObject([{ kind: 'changed', before: { status: 'activating' } }]);
    expect(await found(2, 4)).toMatchObject([{ kind: 'gone', target, before: { status: 'active' } }]);
    expect(await found(0, 4)).toEqual([]);
  });
});

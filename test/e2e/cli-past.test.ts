import { beforeAll, describe, expect, it } from 'vitest';
import { useHost } from './cli-harness.js';

const owner = useHost();

interface Event {
  readonly position: number;
  readonly time: string;
  readonly type: string;
  readonly task: string;
}

/** Where each thing happened. */
let story: readonly Event[];
/** Of what was run in the task beside its program. */
let execId: string;
const eventOf = (type: string, task = 'web'): Event => {
  const found = story.findLast((event) => event.type === type && event.task === task);
  if (!found) throw new Error(`there was no ${type} of ${task}`);
  return found;
};
const at = (type: string, task?: string): string => String(eventOf(type, task).position);
const idsAt = async (point: string, ...args: readonly string[]) =>
  (await owner.host.json('tasks', '--at', point, ...args)).map(({ id, status }) => `${id} ${status}`);

// One story for all tests: a task with a mount that ran, was updated and is gone; and one in another namespace.
beforeAll(async () => {
  const { host } = owner;
  const flags = ['--rootfs', `${host.rootfs}:O`];
  await host.ok('run', '-d', ...flags, 'web', 'sleep', '1000');
  await host.ok('-n', 'other', 'create', ...flags, 'db', 'true');
  await host.ok('update', '--memory', '64m', 'web');
  execId = (await host.ok('exec', '-d', 'web', 'sh', '-c', 'exit 3')).trim();
  await host.run(['wait', '--exec', execId, 'web']);
  await host.ok('kill', 'web');
  await host.ok('wait', 'web').catch(() => undefined);
  await host.ok('delete', 'web');
  await host.ok('-n', 'other', 'delete', 'db');
  story = await host.json<Event & Record<string, unknown>>('events');
}, 60_000);

describe('--at', () => {
  it('shows the tasks of a position', async () => {
    expect(await idsAt('0')).toEqual([]);
    expect(await idsAt(at('/tasks/create-requested'))).toEqual(['web creating']);
    expect(await idsAt(at('/tasks/start'))).toEqual(['web running']);
    expect(await idsAt(at('/tasks/exit'))).toEqual(['web stopped']);
    expect(await idsAt(at('/tasks/delete'))).toEqual([]);
    expect(await idsAt(at('/tasks/delete'), '--all')).toEqual(['db created']);
  });

  it('shows the tasks of a time', async () => {
    const { time, position } = eventOf('/tasks/start');
    expect(await idsAt(time)).toEqual(['web running']);
    const { stderr } = await owner.host.run(['tasks', '--at', time]);
    expect(stderr).toBe(`shiplog: as of position ${position}, ${time}\n`);
  });

  it('shows the state of a task, with how it ended, also once it was deleted', async () => {
    const [running] = await owner.host.json('state', '--at', at('/tasks/start'), 'web');
    expect(running).toMatchObject({ id: 'web', status: 'running', pid: expect.any(Number) });
    const [deleted] = await owner.host.json('state', '--at', at('/tasks/delete'), 'web');
    expect(deleted).toMatchObject({ status: 'deleted', exitStatus: 137, certainty: 'observed' });
  });

  it('shows an exec, also once it was deleted', async () => {
    const execAt = async (type: string) => {
      const [exec] = await owner.host.json('state', '--at', at(type), '--exec', execId, 'web');
      return exec;
    };
    expect(await execAt('/tasks/exec-started')).toMatchObject({ id: execId, status: 'running' });
    expect(await execAt('/tasks/delete')).toMatchObject({ status: 'deleted', exitStatus: 3, certainty: 'observed' });
    const { exitCode, stderr } = await owner.host.run(['state', '--at', at('/tasks/start'), '--exec', execId, 'web']);
    expect(exitCode).toBe(125);
    expect(stderr).toContain(`exec ${execId} does not exist in task web`);
  });

  it('refuses a task that was not there yet', async () => {
    const { exitCode, stderr } = await owner.host.run(['state', '--at', '0', 'web']);
    expect(exitCode).toBe(125);
    expect(stderr).toContain('shiplog: there never was a task web in namespace default up to position 0');
  });

  it('shows the mounts that there were', async () => {
    const mountsAt = (point: string) => owner.host.json('mounts', '--at', point);
    const [mounts] = await Promise.all([mountsAt(at('/tasks/start')), mountsAt('0')]);
    expect(mounts).toMatchObject([{ task: 'web', status: 'active', type: 'overlay' }]);
    expect(await mountsAt(at('/tasks/delete'))).toEqual([]);
  });

  it.each([
    ['999999', 'position 999999 is beyond the end of the log: its last position is '],
    ['1971-01-01', 'nothing is known of 1971-01-01T00:00:00.000000000Z: the log begins at '],
    ['2999-01-01', '2999-01-01T00:00:00.000000000Z is to come'],
    ['noon', '"noon" is no point of the log: give a position (120), a time (2026-01-31T12:00:00Z)'],
  ])('refuses %s', async (point, message) => {
    const { exitCode, stderr } = await owner.host.run(['tasks', '--at', point]);
    expect(exitCode).toBe(125);
    expect(stderr).toContain(`shiplog: ${message}`);
  });
});

describe('audit diff', () => {
  it('tells what came, what changed and what went', async () => {
    const diff = (from: string, ...to: readonly string[]) => owner.host.json('audit', 'diff', from, ...to);
    const [came, made] = await diff('0', at('/tasks/start'));
    expect(came).toMatchObject({
      ...{ change: 'came', namespace: 'default', task: 'web' },
      facts: { status: { before: 'absent', after: 'running' } },
    });
    expect(made).toMatchObject({ change: 'mount-made', task: 'web', mounts: ['overlay'] });
    expect(await diff(at('/tasks/start'), at('/tasks/updated'))).toEqual([
      {
        ...{ change: 'changed', namespace: 'default', task: 'web' },
        facts: { limits: { before: null, after: expect.objectContaining({ memory: expect.anything() }) } },
      },
    ]);
    const [went, gone] = await diff(at('/tasks/updated'));
    expect(went).toMatchObject({ change: 'went', facts: { exitStatus: { before: null, after: 137 } } });
    expect(gone).toMatchObject({ change: 'mount-gone' });
    expect(await diff('0')).toEqual([]);
  });

  it('is a table for people', async () => {
    const text = await owner.host.ok('audit', 'diff', '--all', '0', at('/tasks/exit'));
    expect(text).toMatch(/^NAMESPACE +TASK +CHANGE +WHAT$/m);
    expect(text).toMatch(
      /^default +web +came +status stopped, pid \d+, exitStatus 137, runtime io\.containerd\.runc\.v2$/m,
    );
    expect(text).toMatch(/^other +db +came +status created/m);
    expect(text).toMatch(/^default +web +mount made +\/.* \(overlay\)$/m);
  });
});

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forever, useHost } from './cli-harness.js';

const owner = useHost();
const run = (...args: readonly string[]) => ['run', '--rootfs', owner.host.rootfs, ...args];

beforeAll(() => owner.host.ok(...run('-d', 'here', ...forever)), 60_000);
afterAll(() => owner.host.run(['delete', '--force', 'here']));

describe('an error', () => {
  it.each<[string, () => readonly string[], string]>([
    ['an ID that climbs', () => run('../x', 'true'), 'task ID "../x" is not valid'],
    ['an ID like options', () => run('--', '-rf', 'true'), 'task ID "-rf" is not valid'],
    ['an empty ID', () => run('', 'true'), 'task ID "" is not valid'],
    ['an ID of 77 characters', () => run('x'.repeat(77), 'true'), 'task ID is too long'],
    ['an ID that climbs, to look at', () => ['state', '../x'], 'task ID "../x" is not valid'],
    ['a namespace that climbs', () => ['-n', '../x', 'tasks'], 'namespace "../x" is not valid'],
    ['a task that exists', () => run('here', 'true'), 'task here already exists and is running; delete it first'],
    [
      'a task that does not',
      () => ['start', 'nowhere'],
      'task nowhere does not exist; `shiplog tasks` lists those that do',
    ],
    ['a start of a running task', () => ['start', 'here'], 'cannot start task here: it is running'],
    ['a resume of a running task', () => ['resume', 'here'], 'cannot resume task here: it is running'],
    ['a delete of a running task', () => ['delete', 'here'], 'cannot delete task here: it is running; kill it'],
    ['a forced delete of nothing', () => ['delete', '--force', 'nowhere'], 'task nowhere does not exist'],
    [
      'a file of variables that is not there',
      () => run('--env-file', '/nowhere', 'x', 'true'),
      'there is no file /nowhere of variables',
    ],
    ['an update of nothing', () => ['update', 'here'], 'nothing to update'],
    [
      'an unknown runtime',
      () => run('--runtime', 'io.containerd.nope.v1', 'x', 'true'),
      'the available ones are: io.containerd.runc.v2',
    ],
    ['a runtime that is no ID', () => run('--runtime', 'runc', 'x', 'true'), 'runtime "runc" is not valid'],
    [
      'a runtime that is no ID, with those that are',
      () => run('--runtime', 'crun', 'x', 'true'),
      'the known ones are: io.containerd.runc.v2, io.containerd.crun.v1',
    ],
    ['no root file system', () => ['run', 'x', 'true'], 'there is no root file system: give --rootfs'],
    ['a root file system that is not there', () => ['run', '--rootfs', '/nope', 'x', 'true'], '/nope does not exist'],
    ['a bundle that is not there', () => ['run', '--bundle', '/nope', 'x'], '/nope/config.json does not exist'],
    ['no program', () => run('x'), 'there is no program to run'],
    ['a user that nobody knows', () => run('--user', 'nobodyknows', 'x', 'true'), 'user "nobodyknows" is not known'],
  ])('says what is wrong, ends with 125 and leaves nothing: %s', async (_, args, text) => {
    const { exitCode, stdout, stderr } = await owner.host.run(args());
    expect({ exitCode, stdout }).toEqual({ exitCode: 125, stdout: '' });
    expect(stderr).toMatch(/^shiplog: /);
    expect(stderr).toContain(text);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect((await owner.host.json('tasks')).map(({ id }) => id)).toEqual(['here']);
  });

  it.each<[string, () => readonly string[], string]>([
    ['a task that does not exist', () => ['start', 'nobody'], 'nobody'],
    ['a root file system that is not there', () => ['run', '--rootfs', '/nope', 'rootless', 'true'], 'rootless'],
    ['a program that is not there', () => run('empty', '/no/such/program'), 'empty'],
    ['an exec in a task that does not exist', () => ['exec', 'nobody-at-all', 'true'], 'nobody-at-all'],
    ['an exec in a task that was deleted', () => ['exec', 'empty', 'true'], 'empty'],
    ['an exec as a user that nobody knows', () => ['exec', '-u', 'nobodyknows', 'here', 'true'], 'here'],
    ['an update of nothing', () => ['update', 'here'], 'here'],
    ['a size that is none', () => run('--memory', 'lots', 'sizeless', 'true'), 'sizeless'],
    ['a flag that is empty', () => run('--cwd', '', 'homeless', 'true'), 'homeless'],
    ['a signal that is none', () => ['kill', '--signal', 'NOPE', 'here'], 'here'],
    ['a variable without a name', () => ['exec', '-e', '=x', 'here', 'true'], 'here'],
    ['an update of nothing of nobody', () => ['update', 'nobody-there'], 'nobody-there'],
  ])('stands in the log, once: %s', async (_, args, task) => {
    const before = await owner.host.json('events', '--task', task);
    const command = args();
    const { exitCode, stderr } = await owner.host.run(command);
    const events = await owner.host.json<{ type: string; event: { message: string } }>('events', '--task', task);
    const added = events.slice(before.length).filter(({ type }) => /rejected|failed$/.test(type));
    expect(exitCode).toBeGreaterThanOrEqual(125);
    expect(added).toHaveLength(1);
    expect(added[0]).toMatchObject({ actor: { command: `shiplog ${command[0]} ${task}` } });
    expect(stderr).toContain(added[0]?.event.message);
  });

  it('names the file of a bundle that is no JSON', async () => {
    const bundle = join(owner.host.dir, 'broken');
    await mkdir(bundle);
    await writeFile(join(bundle, 'config.json'), '{');
    const result = await owner.host.run(['run', '--bundle', bundle, 'x']);
    expect(result).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining(`${bundle}/config.json is not valid JSON`),
    });
  });

  it('shows a stack only when asked', async () => {
    const result = await owner.host.run(['state', 'nowhere'], { env: { SHIPLOG_DEBUG: '1' } });
    expect(result.stderr).toMatch(/NotFoundError: there never was a task nowhere.*\n +at /);
  });

  it('of a state folder that cannot be made says so', async () => {
    const file = join(owner.host.dir, 'file');
    await writeFile(file, '');
    const result = await owner.host.run(['--state', join(file, 'state'), 'tasks']);
    expect(result).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('cannot make the state folder') });
  });
});

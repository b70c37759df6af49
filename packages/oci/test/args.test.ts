import { parseTaskId } from '@shiplog/core';
import { describe, expect, test } from 'vitest';
import { conmonCreateArgs, conmonExecArgs, type MonitorLine, type RuntimeLine, runtimeArgs } from '../src/args.js';

const id = parseTaskId('web');
const line: RuntimeLine = { binary: '/usr/sbin/runc', root: '/s/.root/default', systemdCgroup: false };
const globals = ['--root', '/s/.root/default', '--log-format', 'json'];

describe('the command line of a runtime', () => {
  const commands: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['start', runtimeArgs.start(line, id), ['start', 'web']],
    ['state', runtimeArgs.state(line, id), ['state', 'web']],
    ['pause', runtimeArgs.pause(line, id), ['pause', 'web']],
    ['resume', runtimeArgs.resume(line, id), ['resume', 'web']],
    ['ps', runtimeArgs.ps(line, id), ['ps', '--format', 'json', 'web']],
    ['update', runtimeArgs.update(line, id, '/f'), ['update', '--resources', '/f', 'web']],
    ['kill', runtimeArgs.kill(line, id, 15, false), ['kill', 'web', '15']],
    ['kill all', runtimeArgs.kill(line, id, 9, true), ['kill', '--all', 'web', '9']],
    [
      'checkpoint',
      runtimeArgs.checkpoint(line, id, { images: '/-i', work: '/w', flags: ['--leave-running'] }),
      ['checkpoint', '--leave-running', '--image-path=/-i', '--work-path=/w', 'web'],
    ],
    ['delete', runtimeArgs.delete(line, id, false), ['delete', 'web']],
    ['delete by force', runtimeArgs.delete(line, id, true), ['delete', '--force', 'web']],
  ];

  test.each(commands)('%s', (_name, args, expected) => {
    expect(args).toEqual([...globals, ...expected]);
  });

  test('asks for systemd’s cgroups where they are configured', () => {
    expect(runtimeArgs.start({ ...line, systemdCgroup: true }, id)).toEqual([
      ...globals,
      '--systemd-cgroup',
      'start',
      'web',
    ]);
  });
});

describe('the command line of conmon', () => {
  const monitor: MonitorLine = {
    runtime: line,
    id,
    folder: '/s/default/web',
    pidFile: '/p/pid',
    exitDir: '/p/exit',
    runtimeLog: '/p/runtime.log',
    stdio: ['--log-path=k8s-file:log'],
  };
  const common = (runtime: readonly string[]): readonly string[] => [
    '--api-version',
    '1',
    '--cid=web',
    '--cuuid=web',
    '--name=web',
    ...runtime,
    '--bundle=/s/default/web',
    '--container-pidfile=/p/pid',
    '--exit-dir=/p/exit',
    '--log-path=k8s-file:log',
    '--full-attach',
    '--sync',
  ];
  const runc = [
    '--runtime=/usr/sbin/runc',
    ...[...globals, '--log', '/p/runtime.log'].map((arg) => `--runtime-arg=${arg}`),
  ];

  test('creates', () => {
    expect(conmonCreateArgs({ ...monitor, prefix: [], exitCommand: [] })).toEqual(common(runc));
  });

  test('creates through a prefix, whose first word takes the runtime’s place', () => {
    const [program, ...rest] = runc;
    const prefixed = [
      '--runtime=/usr/bin/unshare',
      '--runtime-arg=--mount',
      `--runtime-arg=${program?.slice(10)}`,
      ...rest,
    ];
    expect(conmonCreateArgs({ ...monitor, prefix: ['/usr/bin/unshare', '--mount'], exitCommand: [] })).toEqual(
      common(prefixed),
    );
  });

  test('creates, and runs a command at the end, whatever its arguments begin with', () => {
    expect(conmonCreateArgs({ ...monitor, prefix: [], exitCommand: ['/bin/note', '--root', '-x'] })).toEqual([
      ...common(runc),
      '--exit-command=/bin/note',
      '--exit-command-arg=--root',
      '--exit-command-arg=-x',
    ]);
  });

  test('restores, with flags for the runtime', () => {
    const restore = { images: '/i', flags: ['--tcp-established', '--work-path=/w'] };
    expect(conmonCreateArgs({ ...monitor, prefix: [], exitCommand: [], restore })).toEqual([
      ...common(runc),
      '--restore=/i',
      '--runtime-opt=--tcp-established',
      '--runtime-opt=--work-path=/w',
    ]);
  });

  test('execs', () => {
    expect(conmonExecArgs({ ...monitor, processFile: '/p/process.json' })).toEqual([
      ...common(runc),
      '--exec',
      '--exec-process-spec=/p/process.json',
    ]);
  });
});

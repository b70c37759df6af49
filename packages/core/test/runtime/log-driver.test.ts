import { describe, expect, it } from 'vitest';
import { type LogDriver, resolveStdio } from '../../src/runtime/log-driver.js';
import { machine, opts } from './harness.js';

const process = { namespace: 'default', task: 'web', exec: '' };
const journal: LogDriver = {
  schemes: ['journald'],
  resolve: (uri, { task }) => `binary:///usr/bin/to-journal?tag=${task}&uri=${uri}`,
};

describe('stdio', () => {
  it('of a scheme that a driver brings goes where the driver says', async () => {
    expect(await resolveStdio([journal], { stdin: '/in', stdout: 'journald://x', stderr: '' }, process)).toEqual({
      stdin: '/in',
      stdout: 'binary:///usr/bin/to-journal?tag=web&uri=journald://x',
      stderr: '',
    });
  });

  it.each(['', '/a/fifo', 'file:///var/log/x', 'binary:///bin/x', 'fifo:///x', 'syslog://x'])(
    'that is "%s" is left to the runtime',
    async (stdout) => {
      const all: LogDriver = { schemes: ['file', 'binary', 'fifo'], resolve: () => '/stolen' };
      expect(await resolveStdio([journal, all], { stdout }, process)).toEqual({ stdout });
    },
  );

  it.each(['relative', 'http://x', 'attach://keep', '', undefined])(
    'is refused if the driver gives %s',
    async (given) => {
      const broken: LogDriver = { schemes: ['journald'], resolve: () => given as string };
      await expect(resolveStdio([broken], { stdout: 'journald://x' }, process)).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringContaining('journald://x'),
      });
    },
  );

  it('that nobody asked for stays so', async () => {
    expect(await resolveStdio([journal], undefined, process)).toBeUndefined();
  });
});

describe('a task', () => {
  it('writes where the driver says, and its log says where it was asked to', async () => {
    await using host = await machine({ logDrivers: [journal] });
    const task = await host.manager.create('web', { ...opts, io: { stdout: 'journald://x' } });
    await task.start();
    await task.exec('helper', { spec: opts.spec, io: { stderr: 'journald://y' } });
    expect(host.backend.stdio).toEqual({
      web: expect.objectContaining({ stdout: 'binary:///usr/bin/to-journal?tag=web&uri=journald://x' }),
      'web/helper': expect.objectContaining({ stderr: 'binary:///usr/bin/to-journal?tag=web&uri=journald://y' }),
    });
    const asked = [...host.log.read()].filter(({ type }) => type.endsWith('-requested')).map(({ event }) => event.io);
    expect(asked).toMatchObject([{ stdout: 'journald://x' }, undefined, { stderr: 'journald://y' }]);
  });
});

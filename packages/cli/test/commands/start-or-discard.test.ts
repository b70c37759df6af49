import { FailedPreconditionError, NotFoundError, type Shiplog, UnavailableError } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { startOrDiscard } from '../../src/commands/start-or-discard.js';
import { Output } from '../../src/output/output.js';
import { MemoryStream } from '../memory-streams.js';

function open(remove: () => Promise<unknown>) {
  const [stdout, stderr] = [new MemoryStream(), new MemoryStream()];
  const deleted: string[] = [];
  const runtime = {
    delete: (id: string) => {
      deleted.push(id);
      return remove();
    },
  };
  const shiplog = { runtime } as unknown as Shiplog;
  return { session: { shiplog, context: {}, output: new Output({ stdout, stderr }, {}) }, deleted, stderr };
}

describe('startOrDiscard', () => {
  it('leaves a task that was started', async () => {
    const { session, deleted } = open(async () => {});
    await startOrDiscard({ id: 'web' }, session, async () => {});
    expect(deleted).toEqual([]);
  });

  it('deletes one that could not be started, and says why it could not', async () => {
    const { session, deleted, stderr } = open(async () => {});
    const failure = new NotFoundError('no such program', { details: { exitCode: 127 } });
    await expect(startOrDiscard({ id: 'web' }, session, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(deleted).toEqual(['web']);
    expect(stderr.text).toBe('');
  });

  it('says so when that cannot be deleted either, and the first failure stays the reason', async () => {
    const { session, stderr } = open(() => Promise.reject(new FailedPreconditionError('it is running')));
    const failure = new UnavailableError('runc did not answer');
    await expect(startOrDiscard({ id: 'web' }, session, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(stderr.text).toBe('shiplog: web was not started, and cannot be deleted: it is running\n');
  });
});

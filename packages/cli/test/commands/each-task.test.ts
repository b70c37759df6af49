import { NotFoundError } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { eachTask } from '../../src/commands/each-task.js';
import { InterruptedError } from '../../src/errors.js';
import { Output } from '../../src/output/output.js';
import type { Session } from '../../src/session.js';
import { MemoryStream } from '../memory-streams.js';

function open() {
  const [stdout, stderr] = [new MemoryStream(), new MemoryStream()];
  const output = new Output({ stdout, stderr }, {});
  const session = { context: { namespace: 'ns', actor: { user: 'me' } }, output } as unknown as Session;
  return { session, stdout, stderr };
}

const absent = (id: string) => Promise.reject(new NotFoundError(`there is no ${id}`));

describe('several tasks', () => {
  it('are shown in the order in which they were given, each once', async () => {
    const { session, stdout } = open();
    const first = Promise.withResolvers<void>();
    const made = await eachTask(['a', 'b', 'a'], session, {
      name: 'look',
      run: async (id) => {
        if (id === 'a') await first.promise;
        else first.resolve();
        return id.toUpperCase();
      },
      show: (text) => session.output.line(text),
    });
    expect(made).toEqual({ exitCode: 0, results: ['A', 'B'] });
    expect(stdout.text).toBe('A\nB\n');
  });

  it('go on when one fails, which is told', async () => {
    const { session, stderr } = open();
    const made = await eachTask(['a', 'b', 'c'], session, {
      name: 'look',
      run: async (id) => (id === 'b' ? absent(id) : id),
    });
    expect(made).toEqual({ exitCode: 125, results: ['a', undefined, 'c'] });
    expect(stderr.text).toBe('shiplog: there is no b\n');
  });

  it('end together when somebody interrupts', async () => {
    const { session, stderr } = open();
    const work = { name: 'look', run: () => Promise.reject(new InterruptedError(2)) };
    await expect(eachTask(['a', 'b'], session, work)).rejects.toThrow(InterruptedError);
    expect(stderr.text).toBe('');
  });

  it('are so many at a time, and all of them', async () => {
    const { session } = open();
    let [now, most] = [0, 0];
    const ids = Array.from({ length: 30 }, (_, index) => `t${index}`);
    const { results } = await eachTask(ids, session, {
      name: 'look',
      run: async (id) => {
        now += 1;
        most = Math.max(most, now);
        await new Promise(setImmediate);
        now -= 1;
        return id;
      },
    });
    expect(results).toEqual(ids);
    expect(most).toBe(8);
  });
});

describe('a single task', () => {
  it('throws its failure, so that its exit code is kept', async () => {
    await expect(eachTask(['a'], open().session, { name: 'look', run: absent })).rejects.toThrow('there is no a');
  });

  it('is named in what the log keeps, beside who asks', async () => {
    let context: Session['context'] | undefined;
    await eachTask(['web'], open().session, {
      name: 'look',
      run: async (_, inner) => {
        context = inner.context;
      },
    });
    expect(context).toEqual({ namespace: 'ns', actor: { user: 'me', command: 'shiplog look web' } });
  });
});

/** What a task has left is taken away by one process, or by the one after it; and is gone when that is said. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { UnavailableError } from '../../src/kernel/errors.js';
import { taskProjection } from '../../src/projections/task-projection.js';
import { FaultyBackend } from './faulty-backend.js';
import { machine, opts } from './harness.js';
import { bundleOf, opening, trace, withLeftovers } from './left-behind.js';

describe('Of two that find it at once', () => {
  it.each(['while the first one lists it', 'before the second one asks for it'])(
    'one takes it away: %s',
    async (when) => {
      await using host = await withLeftovers();
      await using other = await machine({ log: host.log, backend: host.backend, pid: 2 });
      host.backend.left = [trace('web', 'cgroup', '/x')];
      const act = async () => {
        Object.assign(host.backend, { traces });
        host.log.append = append;
        await opening(other);
      };
      const traces = host.backend.traces.bind(host.backend);
      const append = host.log.append.bind(host.log);
      if (when.startsWith('while')) {
        host.backend.traces = async (asked) => {
          const found = await traces(asked);
          await act();
          return found;
        };
      } else {
        host.log.append = async (asked) => {
          await act();
          return append(asked);
        };
      }
      await opening(host);
      expect(host.errors).toEqual([]);
      expect(host.topics('web').filter((topic) => topic.startsWith('/recovery/'))).toEqual([
        '/recovery/clean-requested',
        '/recovery/cleaned',
      ]);
    },
  );
});

describe('While it is taken away', () => {
  it('nobody creates a task of that name in it', async () => {
    await using host = await withLeftovers();
    await using other = await machine({ log: host.log, backend: host.backend, pid: 2 });
    host.backend.left = [trace('web', 'cgroup', '/x')];
    const cleaning = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    host.backend.on('clean', () => {
      cleaning.resolve();
      return mayEnd.promise;
    });
    const cleaned = opening(host);
    await cleaning.promise;
    const created = other.manager.create('web', opts);
    await expect(Promise.race([created, other.manager.create('beside', opts)])).resolves.toMatchObject({
      id: 'beside',
    });
    mayEnd.resolve();
    await Promise.all([cleaned, created]);
    const topics = host.topics('web');
    expect(topics.slice(topics.indexOf('/recovery/clean-requested'))).toEqual([
      '/recovery/clean-requested',
      '/recovery/cleaned',
      '/tasks/create-requested',
      '/tasks/create',
    ]);
    expect(existsSync(bundleOf(host, 'web'))).toBe(true);
  });

  describe('and whoever does it dies', () => {
    /** @param made whether there ever was the task */
    async function dead(made = true) {
      const log = new MemoryEventLog({ projections: [taskProjection] });
      const backend = new FaultyBackend();
      const host = made ? await withLeftovers({ log, backend }) : await machine({ log, backend });
      backend.on('create', () => {
        throw new UnavailableError('no');
      });
      if (!made) await expect(host.manager.create('web', opts)).rejects.toThrow('no');
      backend.left = [trace('web', 'cgroup', '/x')];
      const died = Promise.withResolvers<void>();
      backend.on('clean', () => {
        died.resolve();
        return new Promise(() => undefined);
      });
      void opening(host);
      await died.promise;
      backend.on('clean', () => undefined);
      return { host, log, dead: [host.engine.processes.self()] };
    }

    it('nobody says that it is gone who looks into another state folder', async () => {
      const { host, ...left } = await dead();
      await using _host = host;
      const head = left.log.head();
      await using elsewhere = await machine({ ...left, backend: new FaultyBackend(), pid: 2 });
      await opening(elsewhere);
      expect(elsewhere.errors).toMatchObject([{ code: 'failed-precondition' }]);
      expect(left.log.head()).toBe(head);
    });

    it('nobody does who lacks the plugin', async () => {
      const { host, ...left } = await dead();
      await using _host = host;
      const head = left.log.head();
      await using without = await machine({ ...left, backend: new FaultyBackend('io.containerd.other.v1'), pid: 2 });
      await opening(without);
      expect(without.errors).toMatchObject([{ code: 'not-found' }]);
      expect(left.log.head()).toBe(head);
    });

    it.each([
      ['was deleted', true],
      ['was never created', false],
    ])('the next one brings it to its end, of a task that %s', async (_, made) => {
      const { host, ...left } = await dead(made);
      await using _host = host;
      await using next = await machine({ ...left, backend: host.backend, pid: 2 });
      await opening(next);
      expect(next.errors).toEqual([]);
      expect(next.topics('web').slice(-3)).toEqual([
        '/recovery/clean-requested',
        '/recovery/claimed',
        '/recovery/cleaned',
      ]);
      expect(existsSync(bundleOf(next, 'web'))).toBe(false);
    });
  });

  it('what is there all the same is not said to be gone', async () => {
    await using host = await withLeftovers();
    const busy = join(host.backend.dir, 'busy');
    await mkdir(busy);
    host.backend.left = [trace('web', 'cgroup', busy)];
    await opening(host);
    expect([...host.log.read()].at(-1)).toMatchObject({
      type: '/recovery/clean-failed',
      event: { message: expect.stringContaining(`${busy} is still there`) },
    });
  });
});

import { marshalAny, type Task, typeUrls } from '@shiplog/core';
import { type MetricsSummary, summaryOf, unmarshalMetrics } from '@shiplog/oci';
import { describe, expect, test } from 'vitest';
import type { OciPlugin } from '../backend-harness.js';
import { useBackend } from './use-backend.js';

/** Metrics of real containers under real load. */
export function metered(name: string, plugin: OciPlugin): void {
  describe(`${name}: metrics`, () => {
    const on = useBackend(plugin);
    const look = async (task: Task): Promise<MetricsSummary> => summaryOf(unmarshalMetrics(await task.stats()));
    const untilSo = async (task: Task, isSo: (summary: MetricsSummary) => boolean): Promise<void> => {
      while (!isSo(await look(task)));
    };

    test('count what a task does: CPU time, memory, processes', async () => {
      const limit = 64 * 2 ** 20;
      const script = 'x=$(head -c 8000000 /dev/zero | tr "\\0" a); sleep 1000 & while :; do :; done';
      const opts = on.opts(['sh', '-c', script], (spec) => ({
        ...spec,
        linux: { ...spec.linux, resources: { ...spec.linux?.resources, memory: { limit } } },
      }));
      const task = await on.create('busy', opts);
      expect((await look(task)).pids).toBeGreaterThan(0);
      await task.start();
      await untilSo(task, ({ memory, pids }) => memory > 8_000_000 && pids === 2);
      const { cpu, memoryLimit } = await look(task);
      expect(memoryLimit).toBe(limit);
      await untilSo(task, (summary) => summary.cpu > cpu + 50_000_000);
    });

    test('stand still while it is paused, and another process reads them', async () => {
      const task = await on.start('frozen', 'sh', '-c', 'while :; do :; done');
      await task.pause();
      // crun asks the freezer of cgroup v1 and does not wait for it.
      let cpu = -1;
      await untilSo(task, (summary) => {
        const stands = summary.cpu === cpu;
        cpu = summary.cpu;
        return stands;
      });
      const again = await (await on.host.again()).get('frozen');
      expect(await look(again)).toMatchObject({ cpu, pids: 1 });
    });

    test('follow an update, and have the interfaces of the network namespace', async () => {
      const task = await on.start('limited', 'sleep', '1000');
      await task.update(marshalAny(typeUrls.linuxResources, { pids: { limit: 77 } }));
      const { metrics } = unmarshalMetrics(await task.stats());
      expect(metrics.pids).toEqual({ current: 1, limit: 77 });
      expect(metrics.network).toContainEqual(expect.objectContaining({ name: 'lo', rxBytes: 0 }));
    });

    test('are refused for what has ended', async () => {
      const task = await on.start('over', 'true');
      await task.wait();
      await expect(task.stats()).rejects.toMatchObject({ code: 'failed-precondition', message: /it is stopped/ });
    });
  });
}

import { marshalAny } from '@shiplog/core';
import { metricsTypes } from '@shiplog/oci';
import { describe, expect, it } from 'vitest';
import { paintNothing } from '../../src/output/style.js';
import { renderTable } from '../../src/output/table.js';
import { memoryAmount, trafficAmount } from '../../src/views/amount.js';
import { sampleOf, statsColumns, statsView } from '../../src/views/stats-view.js';

const subject = { id: 'web', namespace: 'default', status: 'running' };
const gib = 2 ** 30;

function sample(usageUsec: number, at: number, usageLimit?: number) {
  const memory = { usage: 64 * 2 ** 20, usageLimit, workingSet: 32 * 2 ** 20 };
  return sampleOf(marshalAny(metricsTypes.v2, { cpu: { usageUsec }, memory, pids: { current: 3 } }), at);
}

describe('what a task uses', () => {
  it('is CPU time in the time between two looks: 100 is one CPU', () => {
    const view = statsView(subject, sample(1_750_000, 2000), sample(250_000, 1000), gib);
    expect(view.cpuPercent).toBe(150);
  });

  it('is unknown of the first look, and never less than nothing', () => {
    expect(statsView(subject, sample(1, 1000), undefined, gib)).not.toHaveProperty('cpuPercent');
    expect(statsView(subject, sample(1, 2000), sample(500, 1000), gib).cpuPercent).toBe(0);
  });

  it.each([
    [256 * 2 ** 20, 256 * 2 ** 20, 12.5],
    [undefined, gib, 3.13],
    [2 * gib, gib, 3.13],
  ])('is a part of a limit of %s, or of what the host has', (limit, shown, percent) => {
    const view = statsView(subject, sample(0, 0, limit), undefined, gib);
    expect(view).toMatchObject({ memoryUsage: 32 * 2 ** 20, memoryLimit: shown, memoryPercent: percent });
  });

  it('is a line as docker and podman have it', async () => {
    const views = [statsView(subject, sample(1_000_000, 1000), sample(0, 0), gib), { ...subject, id: 'over' }];
    const lines = await renderTable(statsColumns, views, { paint: paintNothing });
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['TASK', 'CPU %', 'MEM USAGE / LIMIT', 'MEM %', 'NET I/O', 'BLOCK I/O', 'PIDS'],
      ['web', '100.00%', '32MiB / 1GiB', '3.13%', '0B / 0B', '0B / 0B', '3'],
      ['over', '--', '--', '--', '--', '--', '--'],
    ]);
  });
});

it.each([
  [0, '0B', '0B'],
  [1000, '1000B', '1kB'],
  [64.5 * 2 ** 20, '64.5MiB', '67.6MB'],
  [1023 * 2 ** 20, '1023MiB', '1.07GB'],
  [5 * gib, '5GiB', '5.37GB'],
])('%s bytes are written as %s of memory and %s of traffic', (bytes, memory, traffic) => {
  expect([memoryAmount(bytes), trafficAmount(bytes)]).toEqual([memory, traffic]);
});

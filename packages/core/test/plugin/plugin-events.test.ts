import { describe, expect, it } from 'vitest';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { pluginProjection, recordDisposals, recordOutcomes } from '../../src/plugin/plugin-events.js';
import type { PluginReport } from '../../src/plugin/plugin-report.js';
import { idOf } from './fixtures.js';

const clock = new SystemClock();

function report(name: string, changes: Partial<PluginReport> = {}): PluginReport {
  return {
    id: idOf(name),
    type: 'runtime',
    version: '1.2.3',
    apiVersion: '^1.0.0',
    source: '',
    requires: [],
    status: 'ok',
    notes: ['at /usr/bin/x'],
    capabilities: [],
    durationMs: 1,
    ...changes,
  };
}

function open() {
  const log = new MemoryEventLog({ projections: [pluginProjection] });
  return {
    log,
    opened: (reports: readonly PluginReport[], all = false) => recordOutcomes(log, clock, reports, { all }),
    closed: (all: boolean, failures: { id: string; reason: string }[] = []) =>
      recordDisposals(log, clock, ['a', 'b'].map(idOf), failures, { all }),
    /** `type plugin` and why. */
    told: () => [...log.read()].map(({ type, event }) => [type, event.plugin, event.reason].filter(Boolean).join(' ')),
  };
}

describe('what became of plugins', () => {
  it('is in the stream of the system, by the process that saw it', async () => {
    const { log, opened } = open();
    await opened([report('a', { source: '/opt/a/index.js' })]);
    expect([...log.readStream({ namespace: '', task: '' })]).toMatchObject([
      {
        type: '/plugins/loaded',
        schema: 1,
        actor: { command: 'plugins', pid: process.pid },
        event: { plugin: idOf('a'), pluginType: 'runtime', version: '1.2.3', source: '/opt/a/index.js', reason: '' },
      },
    ]);
  });

  it('is told once, until something else becomes of them', async () => {
    const { opened, told } = open();
    const absent = report('b', { status: 'skip', reason: 'b is not on PATH' });
    await opened([report('a'), absent]);
    await opened([report('a', { durationMs: 7 }), absent]);
    await opened([report('a', { version: '1.3.0' }), absent]);
    await opened([report('a', { version: '1.3.0', status: 'error', reason: 'boom' }), report('b')]);
    expect(told()).toEqual([
      `/plugins/loaded ${idOf('a')}`,
      `/plugins/skipped ${idOf('b')} b is not on PATH`,
      `/plugins/loaded ${idOf('a')}`,
      `/plugins/failed ${idOf('a')} boom`,
      `/plugins/loaded ${idOf('b')}`,
    ]);
  });

  it('is told each time by a process that stays', async () => {
    const { opened, closed, told } = open();
    for (let turn = 0; turn < 2; turn += 1) await opened([report('a'), report('b')], true);
    await closed(true);
    expect(told()).toEqual([
      ...[1, 2].flatMap(() => [`/plugins/loaded ${idOf('a')}`, `/plugins/loaded ${idOf('b')}`]),
      `/plugins/disposed ${idOf('b')}`,
      `/plugins/disposed ${idOf('a')}`,
    ]);
  });

  it('is told of a disposal that failed, by whoever saw it', async () => {
    const { closed, told } = open();
    await closed(false, [{ id: idOf('a'), reason: 'boom' }]);
    expect(told()).toEqual([`/plugins/dispose-failed ${idOf('a')} boom`]);
  });

  it('is cut where it is endless', async () => {
    const { log, opened } = open();
    await opened([report('a', { id: 'x'.repeat(5000), status: 'error', reason: 'y'.repeat(5000) })]);
    const [record] = log.read();
    expect([record?.event.plugin, record?.event.reason]).toEqual(['x'.repeat(512), 'y'.repeat(512)]);
  });
});

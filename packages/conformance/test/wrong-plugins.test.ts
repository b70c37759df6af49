/** Log drivers and task monitors that are wrong in one thing each: the rule for it says so. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogDriver, TaskMonitor } from '@shiplog/core/plugin';
import { describe, expect, it, onTestFinished } from 'vitest';
import { conformance as folderDriver } from '../../create-shiplog-plugin/templates/log-driver/src/conformance.ts';
import { conformance as failureMonitor } from '../../create-shiplog-plugin/templates/task-monitor/src/conformance.ts';
import { type LogDriverHarness, logDriverSubject, logDriverSuite } from '../src/log-driver-suite.js';
import type { Subject, Suite } from '../src/rule.js';
import { runSuite } from '../src/run-suite.js';
import { type TaskMonitorHarness, taskMonitorSubject, taskMonitorSuite } from '../src/task-monitor-suite.js';

async function broken<B>(suite: Suite<B>, subject: Subject<B>): Promise<readonly string[]> {
  const results = await Array.fromAsync(runSuite(suite, subject, { timeLimit: 20_000 }));
  return results.filter(({ outcome }) => outcome === 'failed').map(({ rule }) => rule);
}

describe('a log driver that', () => {
  const rulesBrokenBy = async (changes: Partial<LogDriver & AsyncDisposable>, more: Partial<LogDriverHarness> = {}) => {
    const open = async () => {
      const right = await folderDriver();
      const { schemes } = right.driver;
      const driver = { schemes, resolve: right.driver.resolve.bind(right.driver), ...changes };
      return { ...right, driver, ...more };
    };
    return broken(logDriverSuite, logDriverSubject({ open }));
  };

  it('is right keeps each rule', async () => {
    expect(await rulesBrokenBy({})).toEqual([]);
  });

  const gives = (text: string): Partial<LogDriver> => ({ resolve: () => text });

  it.each<readonly [string, Partial<LogDriver>, readonly string[]]>([
    ['has a scheme twice', { schemes: ['folder', 'folder'] }, ['G1']],
    ['has a scheme of the runtimes', { schemes: ['folder', 'file'] }, ['G1']],
    ['gives a path that is no fifo', gives('/etc/passwd'), ['G2', 'G3', 'G5', 'G6']],
    ['gives a program that is not there', gives('binary:///no/such/logger'), ['G2', 'G3', 'G5', 'G6']],
    ['gives what no runtime knows', gives('http://host/log'), ['G2', 'G3', 'G4', 'G5', 'G6']],
    ['gives a relative path', gives('file://log/web'), ['G2', 'G3', 'G4', 'G5', 'G6']],
  ])('%s is caught', async (_what, changes, rules) => {
    expect(await rulesBrokenBy(changes)).toEqual(rules);
  });

  it('mixes up processes whose IDs read the same is caught by G4, and one whose names get too long by G5', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shiplog-wrong-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const right = await folderDriver();
    onTestFinished(() => right[Symbol.asyncDispose]());
    const joined: LogDriver['resolve'] = (uri, process) => {
      right.driver.resolve(uri, process);
      const { namespace, task, exec } = process;
      return `file://${folder}/${[namespace, task, exec].join('.')}`;
    };
    const padded: LogDriver['resolve'] = (uri, { namespace, task, exec }) => {
      right.driver.resolve(uri, { namespace, task, exec });
      return `file://${folder}/${[namespace, task, exec].map((id) => `${'_'.repeat(99 - id.length)}${id}`).join('')}`;
    };
    expect(await rulesBrokenBy({ resolve: joined })).toEqual(['G4']);
    expect(await rulesBrokenBy({ resolve: padded })).toEqual(expect.arrayContaining(['G5']));
  });

  it('takes its program with it is caught by G6', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shiplog-wrong-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const program = join(folder, 'logger');
    const resolve = (uri: string) => {
      if (uri !== 'folder://shop') throw Object.assign(new Error('no'), { code: 'invalid-argument' });
      writeFileSync(program, '#!/bin/sh\n');
      chmodSync(program, 0o755);
      return `binary://${program}`;
    };
    const dispose = { [Symbol.asyncDispose]: async () => rmSync(program, { force: true }) };
    expect(await rulesBrokenBy({ resolve, ...dispose })).toEqual(['G6']);
  });
});

describe('a task monitor that', () => {
  const rulesBrokenBy = async (
    changes: (right: TaskMonitor) => Partial<TaskMonitor>,
    more: Partial<TaskMonitorHarness> = {},
  ) => {
    const open = async () => {
      const harness = await failureMonitor();
      const right: TaskMonitor = harness.monitor;
      const bound = {
        monitor: right.monitor.bind(right),
        stop: right.stop.bind(right),
        event: (record: Parameters<NonNullable<TaskMonitor['event']>>[0]) => right.event?.(record),
      };
      return { ...harness, monitor: { ...bound, ...changes(right) }, ...more };
    };
    return broken(taskMonitorSuite, taskMonitorSubject({ open }));
  };

  it('is right keeps each rule', async () => {
    expect(await rulesBrokenBy(() => ({}))).toEqual([]);
  });

  it('cannot take a second task of one ID is caught by W1', async () => {
    const seen = new Set<string>();
    const monitor: TaskMonitor['monitor'] = ({ id }) => {
      if (seen.has(id)) throw new Error(`${id} is known already`);
      seen.add(id);
    };
    expect(await rulesBrokenBy(() => ({ monitor }))).toContain('W1');
  });

  it('restarts tasks by itself is caught by W2', async () => {
    expect(await rulesBrokenBy(() => ({ monitor: (task) => task.start().catch(() => undefined) }))).toContain('W2');
  });

  it('knows no other events than those of its tasks is caught by W3', async () => {
    const event: TaskMonitor['event'] = ({ task, type }) => {
      if (task !== '' && type !== '/tasks/later') return;
      throw new Error(`what is ${type}?`);
    };
    expect(await rulesBrokenBy(() => ({ event }))).toEqual(['W3']);
  });

  it('waits for the figures of a task is caught by W4', { timeout: 60_000 }, async () => {
    const monitor: TaskMonitor['monitor'] = async (task) => void (await task.stats());
    expect(await rulesBrokenBy(() => ({ monitor }))).toContain('W4');
  });

  it('tells tasks apart by their IDs alone is caught by W5', async () => {
    const ids = new Set<string>();
    const changes = {
      monitor: ({ id }: { id: string }) => void ids.add(id),
      stop: ({ id }: { id: string }) => void ids.delete(id),
    };
    const watched = async () => [...ids].map((id) => `default/${id}`);
    expect(await rulesBrokenBy(() => changes, { watched })).toEqual(['W5']);
  });
});

import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  askRuntimes,
  lookAtBinding,
  lookAtClock,
  lookAtFolders,
  lookAtPlugins,
} from '../../src/doctor/look-at-host.js';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { SystemClock, timestampFromNanos, timestampToNanos } from '../../src/kernel/clock.js';
import { ownPidNamespace } from '../../src/kernel/pid-namespace.js';
import type { PluginReport } from '../../src/plugin/plugin-report.js';
import { taskProjection } from '../../src/projections/task-projection.js';
import { FaultyBackend } from '../runtime/faulty-backend.js';
import { machine, opts } from '../runtime/harness.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shiplog-doctor-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const foldersIn = () => ({ root: join(dir, 'root'), state: join(dir, 'state') });
const brief = (found: readonly { severity: string; reason: string }[]) =>
  found.map(({ severity, reason }) => `${severity}: ${reason.replaceAll(dir, '')}`);

describe('Folders', () => {
  it('that are not there, or ours alone, are no finding', () => {
    expect(lookAtFolders(foldersIn())).toEqual([]);
    const { root, state } = foldersIn();
    for (const folder of [root, state]) mkdirSync(folder, { mode: 0o700 });
    expect(lookAtFolders(foldersIn())).toEqual([]);
  });

  it('that others may write to, or files that they may read, are faults', () => {
    const { root, state } = foldersIn();
    mkdirSync(join(root, 'log'), { recursive: true });
    mkdirSync(state);
    writeFileSync(join(root, 'log', 'data.mdb'), '');
    chmodSync(root, 0o755);
    chmodSync(join(root, 'log'), 0o700);
    chmodSync(join(root, 'log', 'data.mdb'), 0o640);
    chmodSync(state, 0o777);
    expect(brief(lookAtFolders(foldersIn()))).toEqual([
      'notice: /root is open to others: 755',
      'fault: /root/log/data.mdb is open to others: 640',
      'fault: /state is open to others: 777',
    ]);
  });

  it('that are links are told', () => {
    mkdirSync(join(dir, 'elsewhere'), { mode: 0o700 });
    symlinkSync('elsewhere', join(dir, 'root'));
    expect(brief(lookAtFolders(foldersIn()))).toEqual([
      'notice: /root is a symbolic link: whoever may change it decides where everything goes',
    ]);
  });

  it('above them that others may write to are faults', () => {
    mkdirSync(join(dir, 'root'), { mode: 0o700 });
    chmodSync(dir, 0o777);
    expect(lookAtFolders(foldersIn())).toMatchObject([
      {
        severity: 'fault',
        reason: expect.stringContaining('another folder can be put'),
        // A home is not to be given to root for a root in it.
        remedy: `chmod go-w ${dir}, or choose another folder`,
      },
    ]);
  });

  it('of another root are told', async () => {
    const log = new MemoryEventLog({ projections: [taskProjection] });
    const { state } = foldersIn();
    expect(lookAtBinding(foldersIn(), log)).toEqual([]);
    mkdirSync(state);
    writeFileSync(join(state, 'origin'), JSON.stringify({ origin: log.origin, root: '/one' }));
    expect(lookAtBinding(foldersIn(), log)).toEqual([]);
    writeFileSync(join(state, 'origin'), JSON.stringify({ origin: 'other', root: '/another' }));
    expect(brief(lookAtBinding(foldersIn(), log))).toEqual([
      'fault: the state folder /state belongs to the root /another',
    ]);
  });

  it('whose tasks cannot be seen from here are told', () => {
    const log = new MemoryEventLog({ projections: [taskProjection] });
    const { state } = foldersIn();
    mkdirSync(state);
    const here = { ...ownPidNamespace(), name: 'pid:[1]' };
    const pidNamespace = { ...here, name: 'pid:[2]' };
    writeFileSync(join(state, 'origin'), JSON.stringify({ origin: log.origin, root: '/one', pidNamespace }));
    expect(lookAtBinding(foldersIn(), log, here)).toEqual([]);
    mkdirSync(join(state, 'io.containerd.runc.v2', 'default', 'web'), { recursive: true });
    expect(brief(lookAtBinding(foldersIn(), log, here))).toEqual([
      'fault: the state folder /state cannot be used here',
    ]);
    expect(lookAtBinding(foldersIn(), log, here)).toMatchObject([{ remedy: expect.stringContaining('pid:[2]') }]);
  });
});

describe('A clock', () => {
  it('behind the newest record is a fault, and a second is none', async () => {
    await using host = await machine();
    await host.manager.create('web', opts);
    const behindBy = (milliseconds: bigint) => {
      const now = timestampToNanos(new SystemClock().now()) - milliseconds * 1_000_000n;
      return lookAtClock(host.log, { now: () => timestampFromNanos(now) });
    };
    expect(behindBy(0n)).toEqual([]);
    expect(behindBy(900n)).toEqual([]);
    expect(behindBy(3_601_000n)).toMatchObject([
      { kind: 'clock', severity: 'fault', reason: expect.stringMatching(/^the clock is 360\d s behind/) },
    ]);
  });

  it('has nothing to be behind where there is no record', () => {
    expect(lookAtClock(new MemoryEventLog(), new SystemClock())).toEqual([]);
  });
});

const report = (id: string, status: PluginReport['status'], type: PluginReport['type'] = 'runtime'): PluginReport => ({
  ...{ id, type, status, version: '1', apiVersion: '^1', source: '', requires: [], notes: [], capabilities: [] },
  durationMs: 0,
  ...(status !== 'ok' && { reason: `no ${id}` }),
});

describe('Plugins', () => {
  it('that were left out are told, those that are broken are faults', () => {
    expect(brief(lookAtPlugins([report('a', 'ok'), report('b', 'skip'), report('c', 'error', 'event-sink')]))).toEqual([
      'notice: plugin b was left out: no b',
      'fault: plugin c is disabled: no c',
    ]);
  });

  it('of which none is a runtime that works are a fault', () => {
    expect(brief(lookAtPlugins([report('b', 'skip'), report('m', 'ok', 'mount-handler')])).at(-1)).toBe(
      'fault: there is no runtime that works: no task can be created',
    );
  });

  it('say themselves what the host lacks, each thing once, and one that cannot is told', async () => {
    const backend = new FaultyBackend();
    const other = new FaultyBackend('io.containerd.other.v1');
    const finding = {
      kind: 'program',
      severity: 'fault',
      reason: 'conmon is old',
      remedy: '',
      mendable: false,
    } as const;
    for (const each of [backend, other]) Object.assign(each, { checkHost: async () => [finding] });
    await using host = await machine({ backend, other });
    expect(brief(await askRuntimes(host.engine.backends))).toEqual(['fault: conmon is old']);
    Object.assign(other, {
      checkHost: async () => {
        throw new Error('it hangs');
      },
    });
    expect(brief(await askRuntimes(host.engine.backends))).toEqual([
      'fault: conmon is old',
      'fault: runtime io.containerd.other.v1 cannot say how the host is: it hangs',
    ]);
  });
});

/** What is found in folders that somebody else has been at. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { defaultNamespace, parseExecId, parseTaskId } from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backend } from '../src/backend.js';
import { deleteTask } from '../src/delete-task.js';
import { ourselves } from '../src/host-process.js';
import { execFolder, taskLayout } from '../src/layout.js';
import { blankRecord, writeRecord } from '../src/record.js';
import { findTraces } from '../src/traces.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shiplog-traces-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const backendIn = () =>
  ({ stateDir: join(dir, 'state'), rootDir: join(dir, 'root'), binary: '/none', systemdCgroup: false }) as Backend;
const find = () => findTraces(backendIn(), { wanted: () => true, thorough: false });
const layoutOf = (id: string) => taskLayout(backendIn(), defaultNamespace, parseTaskId(id));

/** With this process as its program. */
function make(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const known = { binary: '/none', systemdCgroup: false, phase: 'started', process: ourselves() } as const;
  writeRecord(path, blankRecord(known));
}

const programs = async () =>
  (await find()).filter(({ kind }) => kind === 'program').map(({ task, exec }) => exec ?? task);

describe('Traces', () => {
  test('of a task and of its exec are found beside names that are none, and a record that cannot be read', async () => {
    const web = layoutOf('web');
    make(web.process.record);
    make(execFolder(backendIn(), web, parseExecId('shell')).record);
    for (const odd of ['not an ID!', '-', '..x']) mkdirSync(join(web.execsDir, odd));
    writeFileSync(join(web.execsDir, 'file'), '');
    mkdirSync(execFolder(backendIn(), web, parseExecId('damaged')).record, { recursive: true });
    expect(await programs()).toEqual(['shell', 'web']);
  });

  test.each([
    ['namespace', '', 'default'],
    ['task', 'default', 'web'],
    ['exec', 'default/web/.execs', 'shell'],
    ['task’s execs', 'default/web', '.execs'],
    ['namespace of the runtime', '.root', 'default'],
    ['folder of the runtime', '', '.root'],
  ])('do not come by a link in the place of a %s', async (_, folder, name) => {
    const { stateDir } = backendIn();
    const elsewhere = { ...backendIn(), stateDir: join(dir, 'elsewhere') };
    const web = taskLayout(elsewhere, defaultNamespace, parseTaskId('web'));
    make(web.process.record);
    make(execFolder(elsewhere, web, parseExecId('shell')).record);
    mkdirSync(join(web.runtimeRoot, 'web'), { recursive: true });
    mkdirSync(join(stateDir, folder), { recursive: true });
    symlinkSync(join(elsewhere.stateDir, folder, name), join(stateDir, folder, name));
    expect(await find()).toEqual([]);
  });

  test.each(['.root', '.root/default', '.root/default/web', 'default/web/.shiplog', 'default/web/.execs'])(
    'are not taken away through a link in the place of %s',
    async (place) => {
      const path = join(backendIn().stateDir, place);
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(dir, path);
      await expect(deleteTask(backendIn(), layoutOf('web'), undefined)).rejects.toMatchObject({
        code: 'failed-precondition',
        message: expect.stringContaining(`${path} is a symbolic link`),
      });
    },
  );
});

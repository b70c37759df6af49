import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type CreateOpts, type ExecOpts, marshalAny, type Task, typeUrls } from '@shiplog/core';
import type { OciOptions, OciSpec } from '@shiplog/oci';
import { ociOptionsType } from '@shiplog/oci';
import { afterEach, beforeEach, expect } from 'vitest';
import { ownCgroup } from '../../src/cgroup.js';
import { type ProcessRecord, readRecord, writeRecord } from '../../src/record.js';
import { type BackendHarness, cannotRun, type OciPlugin, openBackend } from '../backend-harness.js';
import { cgroupsNamed, filesBelow, processesMentioning, until } from './host-view.js';

export interface TestedBackend {
  readonly host: BackendHarness;
  /** The bundle of a task. */
  bundle(id: string): string;
  opts(args: readonly string[], change?: (spec: OciSpec) => object): CreateOpts;
  process(...args: readonly string[]): ExecOpts;
  create(id: string, opts: CreateOpts): Promise<Task>;
  start(id: string, ...args: readonly string[]): Promise<Task>;
  recordFile(id: string, exec?: string): string;
  record(id: string, exec?: string): ProcessRecord;
  /** Goes back in time, to where the process that acted was killed before it could write down the outcome. */
  forget(id: string, forgotten: Partial<ProcessRecord>, exec?: string): void;
  expectNothingLeft(id: string): Promise<void>;
}

/** A new backend for each test; what the test leaves in it is ended and removed. */
export function useBackend(plugin: OciPlugin): TestedBackend {
  const skip = cannotRun(plugin);
  let host: BackendHarness;

  beforeEach(async (context) => {
    if (skip !== undefined) context.skip(skip);
    host = await openBackend(plugin);
  });
  afterEach(async () => {
    if (skip !== undefined) return;
    for (const task of await host.runtime.tasks({ all: true })) await endAndDelete(host, task);
    await host[Symbol.asyncDispose]();
  });

  const bundle = (id: string): string => join(host.stateDir, 'default', id);
  const recordFile = (id: string, exec?: string): string =>
    join(bundle(id), ...(exec === undefined ? [] : ['.execs', exec]), '.shiplog', 'record.json');

  return {
    get host() {
      return host;
    },
    bundle,
    recordFile,
    opts: (args, change = (spec) => spec) => ({ spec: marshalAny(typeUrls.spec, change(host.spec(args))) }),
    process: (...args) => ({ spec: marshalAny(typeUrls.process, host.spec(args).process) }),
    async create(id, opts) {
      await host.makeBundle('default', id);
      return host.runtime.create(id, opts);
    },
    async start(id, ...args) {
      const task = await this.create(id, this.opts(args));
      await task.start();
      return task;
    },
    record(id, exec) {
      const record = readRecord(recordFile(id, exec));
      if (!record) throw new Error(`${id} has no record`);
      return record;
    },
    forget(id, forgotten, exec) {
      writeRecord(recordFile(id, exec), { ...this.record(id, exec), launcher: null, ...forgotten });
    },
    async expectNothingLeft(id) {
      expect(filesBelow(bundle(id))).toEqual(['rootfs']);
      const containers = join(host.stateDir, '.root', 'default');
      expect(existsSync(containers) ? filesBelow(containers) : []).toEqual([]);
      expect(
        cgroupsNamed(ownCgroup(host.stateDir, 'default' as never, id as never, false).slice('/shiplog/'.length)),
      ).toEqual([]);
      await until(() => processesMentioning(bundle(id)).length === 0);
    },
  };
}

async function endAndDelete({ runtime }: BackendHarness, task: Task): Promise<void> {
  const { status } = await task.state();
  if (status !== 'created' && status !== 'stopped') {
    await task.kill(9);
    await task.wait();
  }
  await runtime.delete(task.id);
}

/** The options of a task. */
export function taskOptions(options: OciOptions): Pick<CreateOpts, 'taskOptions'> {
  return { taskOptions: marshalAny(ociOptionsType, options) };
}

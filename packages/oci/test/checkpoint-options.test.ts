import { marshalAny } from '@shiplog/core';
import { describe, expect, test } from 'vitest';
import { checkpointOptionsOf, criuFlags, ociCheckpointOptionsType } from '../src/checkpoint-options.js';

const options = (value: unknown) => marshalAny(ociCheckpointOptionsType, value);

describe('the options of a checkpoint', () => {
  test('are none unless given', () => {
    expect(checkpointOptionsOf(undefined)).toEqual({});
    expect(criuFlags({})).toEqual([]);
  });

  test('are the runtimes’ flags', () => {
    const all = checkpointOptionsOf(
      options({
        exit: true,
        openTcp: true,
        externalUnixSockets: true,
        terminal: true,
        fileLocks: true,
        emptyNamespaces: ['network'],
        cgroupsMode: 'full',
        workPath: '/w',
      }),
    );
    expect(criuFlags(all)).toEqual([
      '--tcp-established',
      '--ext-unix-sk',
      '--shell-job',
      '--file-locks',
      '--empty-ns=network',
      '--manage-cgroups-mode=full',
    ]);
    expect(criuFlags({ openTcp: false, exit: true })).toEqual([]);
  });

  test.each([
    [{ leaveRunning: true }, /leaveRunning/],
    [{ workPath: 'w' }, /give an absolute path/],
    [{ cgroupsMode: 'none' }, /cgroupsMode/],
    [{ emptyNamespaces: ['pid'] }, /emptyNamespaces/],
    [[], /not valid/],
  ])('%j is refused', (value, message) => {
    expect(() => checkpointOptionsOf(options(value))).toThrow(message);
  });

  test('of another type are refused', () => {
    expect(() => checkpointOptionsOf(marshalAny('containerd.runc.v1.CheckpointOptions', {}))).toThrow(
      /expected a value of type shiplog/,
    );
  });
});

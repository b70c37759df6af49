import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { RuncOptionsSchema } from '@shiplog/containerd-api';
import { type CreateOpts, marshalAny, typeUrls } from '@shiplog/core';
import { ociOptionsType } from '@shiplog/oci';
import { describe, expect, test } from 'vitest';
import { runcOptionsType, taskOptionsOf } from '../src/task-options.js';

const spec = marshalAny(typeUrls.spec, {});
const own = (options: object) => marshalAny(ociOptionsType, options);
const runc = (more: Partial<CreateOpts>) =>
  taskOptionsOf('/usr/bin/containerd-shim-runc-v2', { spec, ...more }, '/root');
const other = (more: Partial<CreateOpts>) => taskOptionsOf('/opt/containerd-shim-other-v1', { spec, ...more }, '/root');
const value = ({ any }: ReturnType<typeof taskOptionsOf>) =>
  fromBinary(RuncOptionsSchema, any?.value ?? new Uint8Array());

describe('the options of a task', () => {
  test("are runc's for its shim, with a place for its state that is ours alone", () => {
    const options = runc({ runtimeOptions: own({ binary: 'crun', systemdCgroup: true }) });
    expect(options.any?.typeUrl).toBe(runcOptionsType);
    expect(value(options)).toMatchObject({ binaryName: 'crun', systemdCgroup: true, root: '/root' });
    expect(value(runc({}))).toMatchObject({ binaryName: '', systemdCgroup: false, root: '/root' });
  });

  test('of the task win over those of the runtime', () => {
    const options = runc({
      runtimeOptions: own({ binary: 'crun', systemdCgroup: true }),
      taskOptions: own({ binary: 'runc' }),
    });
    expect(value(options)).toMatchObject({ binaryName: 'runc', systemdCgroup: true });
  });

  test('of another kind go to the shim as they are', () => {
    const any = {
      typeUrl: runcOptionsType,
      value: toBinary(RuncOptionsSchema, create(RuncOptionsSchema, { root: '/mine' })),
    };
    expect(runc({ runtimeOptions: own({ exitCommand: ['/bin/true'] }), taskOptions: any })).toEqual({
      any,
      oci: { exitCommand: ['/bin/true'] },
    });
    expect(other({ runtimeOptions: { typeUrl: 'runsc.Options', value: new Uint8Array([1]) } }).any?.typeUrl).toBe(
      'runsc.Options',
    );
  });

  test('are refused where the shim would pass over them', () => {
    expect(other({ runtimeOptions: own({ cgroupParent: '/mine' }) })).toEqual({
      any: undefined,
      oci: { cgroupParent: '/mine' },
    });
    expect(() => other({ taskOptions: own({ binary: 'crun' }) })).toThrow(
      'binary is an option of runc: give options of the type that containerd-shim-other-v1 has',
    );
  });
});

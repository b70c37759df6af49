import { InvalidArgumentError, marshalAny, NotImplementedError } from '@shiplog/core';
import { describe, expect, test } from 'vitest';
import { assertSupported, ociOptionsType, ociPluginConfig, optionsOf } from '../src/options.js';

const spec = marshalAny('spec', {});
const options = (value: unknown) => marshalAny(ociOptionsType, value);

describe('options', () => {
  test('are empty when none were given', () => {
    expect(optionsOf({ spec })).toEqual({});
  });

  test('of the task win, key by key', () => {
    const runtimeOptions = options({ binary: 'runc', systemdCgroup: true });
    const taskOptions = options({ binary: '/opt/runc', exitCommand: ['/bin/note', 'x'] });
    expect(optionsOf({ spec, runtimeOptions, taskOptions })).toEqual({
      binary: '/opt/runc',
      systemdCgroup: true,
      exitCommand: ['/bin/note', 'x'],
    });
  });

  test.each([
    [{ exitCommand: [] }],
    [{ exitCommand: ['note'] }],
    [{ binary: '' }],
    [{ systemdCgroup: 'yes' }],
    [{ cgroupParent: 'relative' }],
    [{ cgroupParent: '/with:colon' }],
    [{ cgroupParent: '../up.slice' }],
    [{ typo: 1 }],
    [[]],
    [null],
  ])('are not %j', (value) => {
    expect(() => optionsOf({ spec, taskOptions: options(value) })).toThrow(InvalidArgumentError);
  });

  test('are of one type', () => {
    expect(() => optionsOf({ spec, taskOptions: marshalAny('containerd.runc.v1.Options', {}) })).toThrow(
      /expected a value of type shiplog.oci.v1.Options/,
    );
  });
});

test('a plugin needs no configuration, and refuses what it does not know or cannot use, without showing it', async () => {
  const validate = async (section: unknown) => ociPluginConfig['~standard'].validate(section);
  expect(await validate(undefined)).toMatchObject({ value: {} });
  expect(await validate({ binray: 'runc' })).toMatchObject({ issues: [{ message: 'is not known' }] });
  expect(await validate({ binary: ['hunter2'] })).toMatchObject({ issues: [{ message: 'must be a text' }] });
});

describe('what was asked for', () => {
  test.each([
    [{ sandboxId: 'pod' }, 'sandboxId'],
    [{ address: 'unix:///run/task.sock' }, 'address'],
    [{ version: 3 }, 'version'],
  ])('%j is refused by name while there is no such thing', (asked, field) => {
    expect(() => assertSupported({ spec, ...asked })).toThrow(NotImplementedError);
    expect(() => assertSupported({ spec, ...asked })).toThrow(field);
  });

  test('is nothing in an empty value', () => {
    const empty = { sandboxId: '', address: '', version: 0 };
    expect(() => assertSupported({ spec, ...empty })).not.toThrow();
  });
});

import { chmodSync, readFileSync } from 'node:fs';
import { ociPluginConfig } from '@shiplog/oci';
import { describe, expect, it } from 'vitest';
import { defaultConfigPaths, readConfig } from '../../src/config/config-file.js';
import { configJsonSchema } from '../../src/config/config-json-schema.js';
import { filesOf } from './temp-config.js';

const whole = {
  $schema: './config.schema.json',
  defaultRuntime: 'io.containerd.crun.v1',
  plugins: ['@acme/x', './y'],
  config: { 'io.containerd.x.v1': { any: ['thing'] } },
  onFailure: { 'io.containerd.x.v1': 'abort' },
  startTimeout: 500,
};

describe('the configuration file', () => {
  it('is read from where it was named', async () => {
    using files = filesOf({ 'config.json': whole });
    expect(await readConfig(files.at('config.json'), [])).toEqual({ path: files.at('config.json'), file: whole });
  });

  it('is the first of the default ones that is there; none need be', async () => {
    using files = filesOf({ second: {}, third: whole });
    const paths = ['first', 'second', 'third'].map(files.at);
    expect(await readConfig(undefined, paths)).toEqual({ path: files.at('second'), file: {} });
    expect(await readConfig(undefined, [files.at('none')])).toBeUndefined();
  });

  it('must be there where it was named', async () => {
    await expect(readConfig('/no/such.json', [])).rejects.toThrow(
      'the configuration file /no/such.json is not there: make it, or leave --config out',
    );
  });

  it('is not read where others may write to it', async () => {
    using files = filesOf({ 'config.json': whole });
    chmodSync(files.at('config.json'), 0o666);
    await expect(readConfig(undefined, [files.at('config.json')])).rejects.toThrow('others may write to');
  });

  it.each([
    ['{"plugins": ["hunter2" "x"]}', / is not JSON \(line 1 column \d+\): repair it$/],
    ['hunter2', / is not JSON: repair it$/],
    ['[]', / is wrong: must be an object$/],
    ['{"plugin": ["hunter2"]}', /plugin: is not known$/],
    ['{"plugins": "hunter2"}', /plugins: must be a list$/],
    ['{"plugins": ["ok", 7]}', /plugins\.1: must be a text$/],
    ['{"defaultRuntime": "hunter2"}', /defaultRuntime: use an ID such as io.containerd.runc.v2$/],
    ['{"onFailure": {"a": "hunter2"}}', /onFailure\.a: must be one of "continue", "abort"$/],
    ['{"startTimeout": 0}', /startTimeout: must be 1 or more$/],
  ])('that holds %s is refused by the place, without the value', async (text, message) => {
    using files = filesOf({ 'config.json': text });
    const refused = await readConfig(files.at('config.json'), []).catch((error: unknown) => error as Error);
    expect(refused).toMatchObject({ code: 'invalid-argument', message: expect.stringMatching(message) });
    expect((refused as Error).message).toContain(files.at('config.json'));
    expect((refused as Error).message).not.toContain('hunter2');
  });
});

it.each([
  [0, { XDG_CONFIG_HOME: '/x' }, ['/etc/shiplog/config.json']],
  [7, { XDG_CONFIG_HOME: '/x' }, ['/x/shiplog/config.json', '/etc/shiplog/config.json']],
  [7, { HOME: '/home/me' }, ['/home/me/.config/shiplog/config.json', '/etc/shiplog/config.json']],
])('user %d with %j looks for it in %j', (uid, env, paths) => {
  expect(defaultConfigPaths(env, uid)).toEqual(paths);
});

describe('the JSON Schema for editors', () => {
  it('is published as it is printed', () => {
    const published = JSON.parse(readFileSync(new URL('../../config.schema.json', import.meta.url), 'utf8'));
    expect(published).toEqual(configJsonSchema());
  });

  it('has a section for each plugin that can say it', () => {
    const silent = { '~standard': { version: 1, vendor: 'mine', validate: (value: unknown) => ({ value }) } };
    const schema = configJsonSchema({ 'io.containerd.x.v1': ociPluginConfig, 'io.containerd.y.v1': silent });
    expect(schema).toMatchObject({
      properties: {
        config: { properties: { 'io.containerd.x.v1': { properties: { binary: { type: 'string' } } } } },
      },
    });
    expect(JSON.stringify(schema)).not.toContain('io.containerd.y.v1');
  });
});

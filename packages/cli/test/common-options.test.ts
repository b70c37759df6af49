import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addCommonOptions, type CommonOptions, commonOptionsOf } from '../src/common-options.js';

function parse(args: readonly string[], env: NodeJS.ProcessEnv = {}): CommonOptions {
  let options: CommonOptions | undefined;
  const program = new Command().enablePositionalOptions().exitOverride();
  program.configureOutput({ outputError: () => {} });
  addCommonOptions(program);
  const command = program.command('state').action(() => {
    options = commonOptionsOf(command, env);
  });
  addCommonOptions(command);
  program.parse(args, { from: 'user' });
  if (!options) throw new Error('the command did not run');
  return options;
}

describe('common options', () => {
  it('have defaults', () => {
    expect(parse(['state'])).toEqual({
      root: '/var/lib/shiplog',
      state: '/run/shiplog',
      namespace: 'default',
      namespaceGiven: false,
      json: false,
      config: undefined,
      plugins: [],
    });
  });

  it.each([
    ['before the command', ['--root', '/r', '--state', '/s', '-n', 'ns', '--json', 'state']],
    ['behind it', ['state', '--root', '/r', '--state', '/s', '--namespace', 'ns', '--json']],
  ])('may stand %s', (_, args) => {
    expect(parse(args)).toMatchObject({ root: '/r', state: '/s', namespace: 'ns', namespaceGiven: true, json: true });
  });

  it('are nearest where they stand behind the command', () => {
    expect(parse(['-n', 'before', 'state', '-n', 'behind']).namespace).toBe('behind');
  });

  it('come from the environment where no flag says otherwise', () => {
    const env = { SHIPLOG_ROOT: '/r', SHIPLOG_STATE: '/s', SHIPLOG_NAMESPACE: 'ns' };
    expect(parse(['state'], env)).toMatchObject({ root: '/r', state: '/s', namespace: 'ns', namespaceGiven: true });
    expect(parse(['state', '--root', '/x'], env).root).toBe('/x');
  });

  it('take an empty variable as none', () => {
    expect(parse(['state'], { SHIPLOG_ROOT: '', SHIPLOG_NAMESPACE: '' })).toMatchObject({
      root: '/var/lib/shiplog',
      namespaceGiven: false,
    });
  });

  it('make folders absolute, so that the monitor finds them from anywhere', () => {
    expect(parse(['state', '--root', 'here']).root).toBe(`${process.cwd()}/here`);
  });

  it.each(['--root', '--state'])('refuse an empty %s', (flag) => {
    expect(() => parse(['state', flag, ''])).toThrow('It must not be empty');
  });
});

describe('--plugin and --config', () => {
  it('add up before and behind the command, and the nearest file counts', () => {
    const args = [
      '--plugin',
      'a',
      '--config',
      '/before',
      'state',
      '--plugin',
      './b',
      '--plugin',
      'c',
      '--config',
      '/x',
    ];
    expect(parse(args)).toMatchObject({ plugins: ['a', './b', 'c'], config: '/x' });
  });

  it('take the file from the environment, too', () => {
    expect(parse(['state'], { SHIPLOG_CONFIG: '/etc/other.json' }).config).toBe('/etc/other.json');
    expect(parse(['state'], { SHIPLOG_CONFIG: '' }).config).toBeUndefined();
  });
});

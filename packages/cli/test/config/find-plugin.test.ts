import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findPlugin, globalFolders } from '../../src/config/find-plugin.js';
import { filesOf } from './temp-config.js';

const manifest = (name: string, more: object = {}) => ({ name, type: 'module', ...more });

describe('a plugin by its package', () => {
  it('is looked for from each folder, upwards, and the first that has it counts', () => {
    using files = filesOf({
      'one/node_modules/@acme/x/package.json': manifest('@acme/x', { exports: { import: './dist/x.js' } }),
      'one/node_modules/@acme/x/dist/x.js': '',
      'two/node_modules/@acme/x/package.json': manifest('@acme/x', { main: 'main.js' }),
      'two/node_modules/@acme/x/main.js': '',
      'two/deep/er/file': '',
    });
    const [one, deep] = [files.at('one'), files.at('two/deep/er')];
    expect(findPlugin('@acme/x', [deep, one])).toBe(files.at('two/node_modules/@acme/x/main.js'));
    expect(findPlugin('@acme/x', [files.at('none'), one, deep])).toBe(files.at('one/node_modules/@acme/x/dist/x.js'));
  });

  it('that is nowhere says where it was looked for, and how it is installed', () => {
    expect(() => findPlugin('@acme/gone', ['/a', '/b'])).toThrow(
      'plugin @acme/gone is not installed: npm install -g @acme/gone; looked from /a, /b. A path begins with ./ or /',
    );
  });

  it('that is a path in the eyes of its user is said to need a ./', () => {
    using files = filesOf({ 'examples/x/index.js': '' });
    expect(() => findPlugin('examples/x', [files.folder])).toThrow(
      `plugin examples/x is not an installed package; if ${files.at('examples/x')} is meant, write ./examples/x`,
    );
  });

  it('is passed over where others can write to it, and refused where it is nowhere else', () => {
    using files = filesOf({
      'open/node_modules/x/package.json': manifest('x', { exports: './x.js' }),
      'open/node_modules/x/x.js': '',
      'safe/node_modules/x/package.json': manifest('x', { exports: './x.js' }),
      'safe/node_modules/x/x.js': '',
    });
    chmodSync(files.at('open/node_modules'), 0o777);
    const [open, safe] = [files.at('open'), files.at('safe')];
    expect(findPlugin('x', [open, safe])).toBe(files.at('safe/node_modules/x/x.js'));
    expect(() => findPlugin('x', [open])).toThrow(/plugin x cannot be used: .*others may write to .*node_modules/);
  });

  it('whose package has nothing to import says so', () => {
    using files = filesOf({ 'node_modules/x/package.json': manifest('x', { exports: { './other': './x.js' } }) });
    expect(() => findPlugin('x', [files.folder])).toThrow(/plugin x cannot be used: No "exports" main defined/);
  });
});

describe('a plugin that was not built', () => {
  it('says so, by its path and by its name', () => {
    using files = filesOf({
      'a/package.json': manifest('a', { exports: { '.': { default: './dist/a.js' } } }),
      'b/package.json': manifest('b', { main: 'lib/b.js' }),
      'node_modules/c/package.json': manifest('c', { exports: './dist/c.js' }),
    });
    const unbuilt = (path: string) =>
      `${files.at(path)} is not there, which its package.json names: build it first (npm run build)`;
    expect(() => findPlugin('./a', [files.folder])).toThrow(unbuilt('a/dist/a.js'));
    expect(() => findPlugin('./b', [files.folder])).toThrow(unbuilt('b/lib/b.js'));
    expect(() => findPlugin('c', [files.folder])).toThrow(`cannot be used: ${unbuilt('node_modules/c/dist/c.js')}`);
  });
});

describe('a plugin by its path', () => {
  it('is a file, or the folder of a package', () => {
    using files = filesOf({
      'x.js': '',
      'a/package.json': manifest('a', { exports: { '.': { default: './dist/a.js' } } }),
      'a/dist/a.js': '',
      'b/package.json': manifest('b', { main: 'b.js' }),
      'b/b.js': '',
      'c/package.json': manifest('c'),
      'c/index.js': '',
    });
    const found = ['./x.js', './a', './b', files.at('c')].map((name) => findPlugin(name, [files.folder]));
    expect(found).toEqual(['x.js', 'a/dist/a.js', 'b/b.js', 'c/index.js'].map(files.at));
  });

  it.each([
    ['./none', 'is not there: give the path of its file or of its folder'],
    ['./empty', 'is no package: it has no package.json that can be read'],
  ])('that is %s is refused', (name, message) => {
    using files = filesOf({ 'empty/x': '' });
    expect(() => findPlugin(name, [files.folder])).toThrow(message);
  });

  it('is refused where others can write to it', () => {
    using files = filesOf({ 'x.js': '' });
    chmodSync(files.at('x.js'), 0o666);
    expect(() => findPlugin('./x.js', [files.folder])).toThrow('others may write to');
  });
});

it('global installs are found beside the program, and by what npm and pnpm say in the environment', () => {
  using files = filesOf({
    'own/node_modules/@shiplog/cli/x': '',
    'npm/lib/node_modules/x': '',
    'pnpm/global/5/node_modules/x': '',
  });
  const env = { NPM_CONFIG_PREFIX: files.at('npm'), PNPM_HOME: files.at('pnpm') };
  const found = globalFolders(env, files.at('own/node_modules/@shiplog/cli/bundle/main.cjs'));
  expect(found).toEqual(expect.arrayContaining([files.at('own'), files.at('npm/lib'), files.at('pnpm/global/5')]));
  expect(found[0]).toBe(files.at('own'));
});

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pluginTypes } from '../src/plugin-types.js';
import { writePlugin } from '../src/write-plugin.js';

const request = { name: '@me/own', type: 'runtime', id: 'io.containerd.own.v1' } as const;

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shiplog-create-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

describe('a new plugin', () => {
  it.each(pluginTypes)('that is a %s has a manifest, sources, tests and CI, and no word of its template', (type) => {
    const target = writePlugin({ ...request, type }, tempFolder());
    expect(readdirSync(target).sort()).toEqual([
      ...['.github', '.gitignore', 'README.md', 'package.json', 'src', 'test', 'tsconfig.build.json', 'tsconfig.json'],
    ]);
    const files = readdirSync(target, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const text = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8')).join('\n');
    expect(text).not.toContain('{{');
    expect([...new Set(text.match(/io\.containerd\.[a-z]+\.v[0-9]+/g))]).toEqual(['io.containerd.own.v1']);
    expect(readFileSync(join(target, 'src/index.ts'), 'utf8')).toContain(`type: '${type}'`);
    expect(json(join(target, 'package.json'))).toMatchObject({
      name: '@me/own',
      description: `${type === 'event-sink' ? 'An' : 'A'} ${type} for Shiplog`,
    });
    expect(readFileSync(join(target, 'test/conformance.test.ts'), 'utf8')).toContain("from '@shiplog/conformance'");
    expect(existsSync(join(target, '.github/workflows/ci.yml'))).toBe(true);
  });

  it('needs the versions that Shiplog itself has', () => {
    const { dependencies, devDependencies } = json(join(writePlugin(request, tempFolder()), 'package.json'));
    const packages = new URL('../../', import.meta.url);
    const catalog = readFileSync(new URL('../pnpm-workspace.yaml', packages), 'utf8');
    for (const name of ['@types/node', 'typescript', 'vitest']) {
      expect(catalog).toMatch(new RegExp(`^ +'?${name}'?: \\${devDependencies[name]}$`, 'm'));
    }
    for (const name of ['core', 'conformance']) {
      const { version } = json(new URL(`${name}/package.json`, packages).pathname);
      expect({ ...dependencies, ...devDependencies }[`@shiplog/${name}`]).toBe(`^${version}`);
    }
  });

  it('takes an empty folder, and writes over nothing', () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'own'));
    writePlugin(request, folder);
    writeFileSync(join(folder, 'own', 'README.md'), 'mine');
    expect(() => writePlugin(request, folder)).toThrow(/own is there already, and not empty: choose another name/);
    expect(readFileSync(join(folder, 'own', 'README.md'), 'utf8')).toBe('mine');
  });
});

import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isWithin } from '../../src/mount/mountinfo.js';
import { resolveInRoot } from '../../src/mount/resolve-in-root.js';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), 'shiplog-root-')));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('a path in a root', () => {
  it.each([
    ['', ''],
    ['/', ''],
    ['data', '/data'],
    ['/data//x/.', '/data/x'],
    ['../../etc', '/etc'],
    ['data/../../../etc/passwd', '/etc/passwd'],
  ])('%j is %j in it', (inner, expected) => {
    expect(resolveInRoot(root, inner)).toBe(root + expected);
  });

  it.each([
    ['/etc', 'link/x', '/etc/x'],
    ['..', 'link/x', '/x'],
    ['../../../..', 'link/x', '/x'],
    ['folder/inner', 'link/x', '/folder/inner/x'],
    ['/proc/self/root', 'link/x', '/proc/self/root/x'],
  ])('follows a link to %j within it', (link, inner, expected) => {
    symlinkSync(link, path.join(root, 'link'));
    expect(resolveInRoot(root, inner)).toBe(root + expected);
  });

  it('follows a link from the folder that the link is in', () => {
    mkdirSync(path.join(root, 'a/b'), { recursive: true });
    symlinkSync('../c', path.join(root, 'a/b/link'));
    expect(resolveInRoot(root, 'a/b/link')).toBe(`${root}/a/c`);
  });

  it('gives up on links in a circle', () => {
    symlinkSync('two', path.join(root, 'one'));
    symlinkSync('one', path.join(root, 'two'));
    expect(() => resolveInRoot(root, 'one')).toThrow('too many symbolic links');
  });

  it('never leaves it, and is free of links, whatever the tree (M1)', () => {
    const name = fc.constantFrom('a', 'b', 'c', '..', '.');
    const anyPath = fc
      .tuple(fc.constantFrom('', '/'), fc.array(name, { minLength: 1, maxLength: 5 }))
      .map(([start, names]) => start + names.join('/'));
    const tree = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'a/a', 'a/b', 'b/c', 'b/c/a'), fc.option(anyPath));
    fc.assert(
      fc.property(tree, anyPath, (entries, inner) => {
        const inside = mkdtempSync(path.join(root, 'tree-'));
        grow(inside, entries);
        let resolved: string;
        try {
          resolved = resolveInRoot(inside, inner);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-argument' });
          return;
        }
        expect(isWithin(inside, resolved)).toBe(true);
        if (existsSync(resolved)) expect(realpathSync(resolved)).toBe(resolved);
      }),
    );
  });
});

/** Folders (null) and links, as far as their parents are folders. */
function grow(folder: string, entries: Readonly<Record<string, string | null>>): void {
  for (const name of Object.keys(entries).sort()) {
    const parent = path.join(folder, path.dirname(name));
    if (!existsSync(parent) || realpathSync(parent) !== parent) continue;
    const link = entries[name];
    if (link) symlinkSync(link, path.join(folder, name));
    else mkdirSync(path.join(folder, name));
  }
}

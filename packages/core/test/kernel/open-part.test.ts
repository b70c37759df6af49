/** In a user namespace whoever made it is root, and whom it has no number for is nobody. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findOpenPart } from '../../src/kernel/open-part.js';

const map = vi.hoisted(() => ({ text: '' }));

vi.mock(import('node:fs'), async (original) => {
  const actual = await original();
  const readFileSync = ((path: string, ...rest: never[]) =>
    path === '/proc/self/uid_map' ? map.text : actual.readFileSync(path, ...rest)) as typeof actual.readFileSync;
  return { ...actual, readFileSync };
});

const initial = '         0          0 4294967295\n';
const alone = '         0       1000          1\n';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'shiplog-home-'));
  mkdirSync(join(home, 'own'), { mode: 0o700 });
  chmodSync(home, 0o775);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('A folder that its group may write to', () => {
  it.for([
    ['root’s', initial, [0, 0], false],
    ['root’s, who is the user himself', alone, [0, 0], true],
    ['root’s, and of another group', alone, [0, 12_345], false],
    ['of somebody, and of a group, that have no number here', alone, [65_534, 65_534], false],
  ] as const)('is open to others, or not: %s', ([, text, [uid, gid], isOwn], { skip }) => {
    if (process.geteuid?.() !== 0) skip('only root gives folders away');
    map.text = text;
    chownSync(home, uid, gid);
    expect(findOpenPart(join(home, 'own'), 0)?.path).toBe(isOwn ? undefined : home);
  });
});

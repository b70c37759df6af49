import { expect, it } from 'vitest';
import { FolderDriver } from '../src/folder-driver.ts';

const driver = new FolderDriver('/var/lib/x');
const task = { namespace: 'default', task: 'web', exec: '' };

it('gives each process a file of its own', () => {
  expect(driver.resolve('folder://shop', task)).toBe('file:///var/lib/x/shop/default.web.log');
  expect(driver.resolve('folder://shop', { ...task, exec: 'sh' })).toBe('file:///var/lib/x/shop/default.web.sh.log');
});

it.each(['folder://', 'folder://../etc', 'folder://a/b'])('refuses %s', (uri) => {
  expect(() => driver.resolve(uri, task)).toThrow('names no folder');
});

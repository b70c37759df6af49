import { expect, it } from 'vitest';
import { FolderDriver } from '../src/folder-driver.ts';

const driver = new FolderDriver('/var/lib/x');
const task = { namespace: 'default', task: 'web', exec: '' };

it('gives each process a file of its own', () => {
  const [ofTask, ofExec] = [
    driver.resolve('folder://shop', task),
    driver.resolve('folder://shop', { ...task, exec: 'sh' }),
  ];
  expect(ofTask).toBe('file:///var/lib/x/shop/default/web/task.log');
  expect(ofExec).toBe('file:///var/lib/x/shop/default/web/execs/sh.log');
});

it('says what is wrong with a URI', () => {
  expect(() => driver.resolve('folder://../etc', task)).toThrow('folder://../etc names no folder: use folder://NAME');
});

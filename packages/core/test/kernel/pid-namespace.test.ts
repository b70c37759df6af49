import { readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  isSameNamespace,
  mayHaveProcesses,
  ownPidNamespace,
  type PidNamespace,
} from '../../src/kernel/pid-namespace.js';
import { ProcFsProcessTable } from '../../src/kernel/process-identity.js';

const own = ownPidNamespace();
const inContainer: PidNamespace = { ...own, name: 'pid:[1]', startTime: 1 };

describe('A pid namespace', () => {
  it('is told by the kernel’s name for it, the start of its first process, and the boot', () => {
    expect(own).toEqual({
      name: readlinkSync('/proc/self/ns/pid'),
      startTime: expect.any(Number),
      bootId: new ProcFsProcessTable().self().bootId,
    });
    expect(isSameNamespace(own, ownPidNamespace())).toBe(true);
    for (const other of [{ name: 'pid:[1]' }, { startTime: 1 }, { bootId: '' }])
      expect(isSameNamespace(own, { ...own, ...other })).toBe(false);
  });

  it('of another boot has no processes', () => {
    expect(mayHaveProcesses({ ...inContainer, bootId: 'before' }, inContainer)).toBe(false);
  });

  it('whose number is ours now has none: it is over', () => {
    expect(mayHaveProcesses({ ...inContainer, startTime: 7 }, inContainer)).toBe(false);
  });

  it('that cannot be seen from ours may have some', () => {
    expect(mayHaveProcesses({ ...own, name: 'pid:[2]' }, inContainer)).toBe(true);
  });

  it('is seen from the initial one for as long as it has some', ({ skip }) => {
    if (own.name !== 'pid:[4026531836]') skip('this is not the initial one');
    expect(mayHaveProcesses(inContainer, own)).toBe(false);
  });
});

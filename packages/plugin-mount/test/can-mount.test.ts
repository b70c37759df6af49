import { describe, expect, it } from 'vitest';
import { canMount } from '../src/can-mount.js';

describe('whether this process may mount', () => {
  it.each([
    ['root', 'CapEff:\t000001ffffffffff\n', true],
    ['CAP_SYS_ADMIN alone', 'Name:\tnode\nCapEff:\t0000000000200000\nCapBnd:\t0\n', true],
    ['root of a container', 'CapEff:\t00000000a80425fb\n', false],
    ['nobody', 'CapEff:\t0000000000000000\n', false],
    ['no word of it', '', false],
  ])('%s', (_who, status, expected) => {
    expect(canMount(status)).toBe(expected);
  });
});

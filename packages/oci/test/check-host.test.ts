import { describe, expect, test } from 'vitest';
import { isOlder, versionIn } from '../src/check-host.js';

describe('versions', () => {
  test.each([
    ['runc version 1.1.5+ds1\ncommit: 1', '1.1.5'],
    ['crun version 1.28\n', '1.28'],
    ['conmon version 2.1.6', '2.1.6'],
    ['no version', undefined],
  ])('of %j', (text, version) => {
    expect(versionIn(text)).toBe(version);
  });

  test.each([
    ['1.1.4', '1.1.5', true],
    ['1.1.5', '1.1.5', false],
    ['1.1', '1.1.5', true],
    ['1.10.0', '1.9.9', false],
    ['2', '1.1.5', false],
  ])('%s is older than %s: %s', (version, than, older) => {
    expect(isOlder(version, than)).toBe(older);
  });
});

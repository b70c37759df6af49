import { describe, expect, it } from 'vitest';
import {
  parseCgroupConf,
  parseDeviceBps,
  parseHugetlb,
  parseNumberList,
  wholeNumber,
} from '../../src/spec/limit-flag.js';

describe('limits in one word', () => {
  it('name huge pages, files of cgroups, and numbers', () => {
    expect(parseHugetlb('2MB:64m')).toEqual({ pageSize: '2MB', limit: 64 * 2 ** 20 });
    expect(parseHugetlb('1GB:-1')).toEqual({ pageSize: '1GB', limit: -1 });
    expect(parseCgroupConf('memory.high=64')).toEqual({ 'memory.high': '64' });
    expect(parseNumberList('0-2,4')).toBe('0-2,4');
    expect(wholeNumber('7', 1, 10)).toBe(7);
  });

  it.each([
    ['huge pages without a size', () => parseHugetlb('64m'), 'write it as 2MB:64m'],
    ['pages of no size', () => parseHugetlb('big:64m'), 'write it as 2MB or 1GB'],
    ['a path for a file', () => parseCgroupConf('../cgroup.procs=1'), 'is no file of a cgroup'],
    ['a list that runs backwards', () => parseNumberList('3-1'), 'is no list of numbers'],
    ['a list with a gap', () => parseNumberList('1,,2'), 'is no list of numbers'],
    ['a number out of bounds', () => wholeNumber('11', 1, 10), 'from 1 to 10'],
    ['a device that is not there', () => parseDeviceBps('/dev/none:1m'), 'is not there'],
    ['a device of characters', () => parseDeviceBps('/dev/null:1m'), 'is no block device'],
    ['a device without a rate', () => parseDeviceBps('/dev/null'), 'write it as /dev/sda:1m'],
  ])('refuse %s', (_, parse, message) => {
    expect(parse).toThrow(message);
  });
});

import { NotFoundError } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { type BundleSelection, bundlePositions } from '../src/bundle-positions.js';
import { append, logOf, timeOf, web } from './evidence.js';

const choose = async (selection: BundleSelection, size = 10) =>
  bundlePositions(await logOf(10), size, selection, undefined);

describe('what goes into a bundle', () => {
  it.each<[string, BundleSelection, readonly [number, number], readonly number[]]>([
    ['everything', {}, [1, 10], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ['a range', { from: 3, to: 5 }, [3, 5], [3, 4, 5]],
    ['a range that goes beyond the end', { from: 9, to: 99 }, [9, 10], [9, 10]],
    ['a span of time', { since: timeOf(4), until: timeOf(6) }, [4, 6], [4, 5, 6]],
    ['a span of time in a range', { since: timeOf(4), to: 5 }, [4, 5], [4, 5]],
    ['a task', { namespace: 'default', task: 'web' }, [1, 10], [1, 3, 5, 7, 9]],
    ['a namespace', { namespace: 'shop', from: 4 }, [4, 10], [4, 6, 8, 10]],
    ['a task in a span of time', { namespace: 'shop', task: 'db', since: timeOf(3), until: timeOf(7) }, [4, 6], [4, 6]],
  ])('is %s', async (_, selection, range, positions) => {
    expect(await choose(selection)).toEqual({ range, positions });
  });

  it('is nothing behind the end of the tree', async () => {
    expect(await choose({}, 3)).toEqual({ range: [1, 3], positions: [1, 2, 3] });
  });

  it('has what a clock that was set back put into a span of time', async () => {
    const log = await logOf(5);
    await append(log, web, 1);
    await append(log, web, 7);
    expect(bundlePositions(log, 7, { since: timeOf(5) }, undefined)).toEqual({ range: [5, 7], positions: [5, 6, 7] });
  });

  it.each<[string, BundleSelection]>([
    ['behind the end', { from: 11 }],
    ['in a range that ends before it begins', { from: 5, to: 4 }],
    ['of a task that never was', { namespace: 'default', task: 'nobody' }],
    ['of a time when nothing was', { since: timeOf(30) }],
  ])('is refused where there is nothing %s', async (_, selection) => {
    await expect(choose(selection)).rejects.toThrow(NotFoundError);
  });
});

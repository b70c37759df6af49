import { exactNumber } from '@shiplog/core';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { listOf, looseObject, problemsOf, strictObject, textByName } from '../../src/spec/shapes.js';

const shape = looseObject({
  name: v.string(),
  many: listOf(strictObject({ count: v.number() })),
  kind: v.optional(v.picklist(['a', 'b'])),
  labels: v.optional(textByName),
});

describe('problems of a value', () => {
  test.each<[value: unknown, problems: readonly string[]]>([
    [{ name: 'x' }, []],
    [{ name: 'x', more: 1, many: null }, []],
    [{ name: 'x', many: [{ count: 1 }], labels: { a: 'b' } }, []],
    [{}, ['name: is missing']],
    [{ name: 1 }, ['name: must be a text']],
    [{ name: 'x', many: 'y' }, ['many: must be a list']],
    [
      { name: 'x', many: [{ count: '1' }, { count: 2, typo: 3 }] },
      ['many.0.count: must be a number', 'many.1.typo: is not known'],
    ],
    [{ name: 'x', kind: 'c' }, ['kind: must be one of "a", "b"']],
    [{ name: 'x', labels: ['b'] }, ['labels: must be an object']],
    [[], ['must be an object']],
    ['hunter2', ['must be an object']],
    [null, ['must be an object']],
    [exactNumber('18446744073709551615'), ['must be an object']],
  ])('%j', (value, problems) => {
    expect(problemsOf(shape, value)).toEqual(problems);
  });
});

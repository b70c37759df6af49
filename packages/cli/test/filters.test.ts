import { describe, expect, it } from 'vitest';
import { filterOf, parseFilter } from '../src/filters.js';

interface Ship {
  readonly name: string;
  readonly port: string;
}
const keys = { name: ({ name }: Ship) => name, port: ({ port }: Ship) => port };
const fleet: readonly Ship[] = [
  { name: 'fram', port: 'oslo' },
  { name: 'gjoa', port: 'oslo' },
  { name: 'f.am', port: 'hull' },
];

function select(...texts: readonly string[]): readonly string[] {
  const filters = texts.map(parseFilter(Object.keys(keys)));
  return fleet.filter(filterOf(filters, keys)).map(({ name }) => name);
}

describe('filters', () => {
  it.each([
    [[], ['fram', 'gjoa', 'f.am']],
    [['name=fram'], ['fram']],
    [['name=f'], []],
    [['name=f*'], ['fram', 'f.am']],
    [['name=f.am'], ['f.am']],
    [
      ['name=fram', 'name=gjoa'],
      ['fram', 'gjoa'],
    ],
    [['name=f*', 'port=oslo'], ['fram']],
    [['port='], []],
  ])('%j select %j', (texts, names) => {
    expect(select(...texts)).toEqual(names);
  });

  it.each(['name', '=x', 'colour=red', ''])('refuse %j', (text) => {
    expect(() => select(text)).toThrow('is no filter: give KEY=VALUE, where KEY is one of name, port');
  });
});

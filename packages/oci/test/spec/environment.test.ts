import { InvalidArgumentError } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { mergeEnv, parseEnvFlag } from '../../src/spec/environment.js';

describe('an --env flag', () => {
  it.each([
    ['A=1', 'A=1'],
    ['A=', 'A='],
    ['A=b=c', 'A=b=c'],
  ])('%s is taken as it is', (text, variable) => {
    expect(parseEnvFlag(text, { A: 'of the caller' })).toBe(variable);
  });

  it('takes the value of a bare name from the caller', () => {
    expect(parseEnvFlag('A', { A: 'of the caller' })).toBe('A=of the caller');
    expect(parseEnvFlag('A', { A: '' })).toBe('A=');
  });

  it('leaves out a bare name that the caller does not have', () => {
    expect(parseEnvFlag('A', {})).toBeUndefined();
    expect(parseEnvFlag('constructor', {})).toBeUndefined();
  });

  it.each(['', '=', '=secret'])('%j has no name; its value is not repeated', (text) => {
    expect(() => parseEnvFlag(text, {})).toThrow(InvalidArgumentError);
    expect(() => parseEnvFlag(text, {})).not.toThrow(/secret/);
  });
});

it('of several environments the later wins, in the place of the first', () => {
  expect(mergeEnv(['A=1', 'B=1'], ['C=2'], ['A=3', '__proto__=x'])).toEqual(['A=3', 'B=1', 'C=2', '__proto__=x']);
});

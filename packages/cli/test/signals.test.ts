import { describe, expect, it } from 'vitest';
import { parseSignal, signalName } from '../src/signals.js';

describe('parseSignal', () => {
  it.each([
    ['TERM', 15],
    ['SIGTERM', 15],
    ['sigterm', 15],
    ['kill', 9],
    ['9', 9],
    ['64', 64],
    ['RTMIN+3', 37],
    ['SIGRTMIN+30', 64],
  ])('takes %s', (text, number) => {
    expect(parseSignal(text)).toBe(number);
  });

  it.each(['', '0', '65', '-9', '1.5', 'TERMINATE', 'SIG', 'RTMIN+31', 'constructor', ' 9'])('refuses %j', (text) => {
    expect(() => parseSignal(text)).toThrow(/is no signal: give a name such as TERM/);
  });
});

describe('signalName', () => {
  it.each([
    [15, 'SIGTERM'],
    [6, 'SIGABRT'],
    [40, 'signal 40'],
  ])('names %d', (number, name) => {
    expect(signalName(number)).toBe(name);
  });
});

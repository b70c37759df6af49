import { expect, it } from 'vitest';
import { bashCandidate, joinBashWords } from '../../src/completion/words.js';

it.each([
  [
    ['run', '--runtime', '=', 'io'],
    ['run', '--runtime=io'],
  ],
  [
    ['run', '--runtime', '='],
    ['run', '--runtime='],
  ],
  [
    ['run', '--env', 'A', '=', 'B', ''],
    ['run', '--env', 'A', '=', 'B', ''],
  ],
  [
    ['--root', '=', '/r', 'start', ''],
    ['--root=/r', 'start', ''],
  ],
])('words of bash: %j are %j', (words, joined) => {
  expect(joinBashWords(words)).toEqual(joined);
});

it('gives bash the value alone, which is what it replaces', () => {
  expect(bashCandidate('--runtime=io.containerd.runc.v2')).toBe('io.containerd.runc.v2');
  expect(bashCandidate('--runtime')).toBe('--runtime');
});

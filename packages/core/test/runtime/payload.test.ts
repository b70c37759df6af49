/** Payloads that nobody in his right mind sends: they are refused before the log or a backend has them. */
import { describe, expect, it } from 'vitest';
import { maxPayloadBytes } from '../../src/kernel/payload-limits.js';
import type { TypedAny } from '../../src/kernel/typed-any.js';
import { machine, opts } from './harness.js';

const { typeUrl } = opts.spec;
const hostile: readonly (readonly [string, TypedAny, RegExp])[] = [
  ['too deep', { typeUrl, value: Buffer.from('['.repeat(100_000)) }, /is too deep/],
  ['too large', { typeUrl, value: new Uint8Array(maxPayloadBytes + 1) }, /is too large: it has 16777217 bytes/],
];

describe.each(hostile)('A payload that is %s', (_what, spec, words) => {
  it('creates nothing', async () => {
    await using host = await machine();
    await expect(host.manager.create('web', { spec })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(words),
    });
    expect(host.topics('web')).toEqual(['/tasks/rejected']);
    expect(host.backend.calls).toEqual([]);
  });

  it('is no exec and no update either', async () => {
    await using host = await machine();
    const task = await host.manager.create('web', opts);
    await expect(task.exec('shell', { spec })).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(task.update(spec)).rejects.toMatchObject({ code: 'invalid-argument' });
    expect(host.topics('web').slice(2)).toEqual(['/tasks/rejected', '/tasks/rejected']);
  });
});

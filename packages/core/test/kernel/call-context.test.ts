import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { abortError, namespaceOf, signalOf } from '../../src/kernel/call-context.js';
import { CancelledError, DeadlineExceededError, InvalidArgumentError } from '../../src/kernel/errors.js';

describe('the namespace of a call', () => {
  it('is `default` if none is given', () => {
    expect(namespaceOf(undefined)).toBe('default');
    expect(namespaceOf({})).toBe('default');
    expect(namespaceOf({ namespace: 'tenant-1' })).toBe('tenant-1');
  });

  it('must be an identifier: an empty one is none', () => {
    expect(() => namespaceOf({ namespace: '' })).toThrow(InvalidArgumentError);
    expect(() => namespaceOf({ namespace: '../x' })).toThrow(InvalidArgumentError);
  });
});

describe('the signal of a call', () => {
  it("is the caller's own, where there is no deadline", () => {
    const { signal } = new AbortController();
    expect(signalOf({ signal }, 0)).toBe(signal);
    expect(signalOf({}, 0)).toBeUndefined();
  });

  it('fires at the deadline', async () => {
    const signal = signalOf({ deadline: 1_005 }, 1_000);
    expect(signal?.aborted).toBe(false);
    await once(signal as AbortSignal, 'abort');
    expect(abortError(signal as AbortSignal, 'the task ended')).toBeInstanceOf(DeadlineExceededError);
  });

  it('takes a deadline that is no whole number', () => {
    expect(signalOf({ deadline: 1_000_000.5 }, 1_000)?.aborted).toBe(false);
  });

  it('fires for a deadline that has passed', async () => {
    const signal = signalOf({ deadline: 1 }, 1_000) as AbortSignal;
    if (!signal.aborted) await once(signal, 'abort');
    expect(abortError(signal, 'it began').message).toBe('the deadline passed before it began');
  });

  it('does not fire early for a deadline in the far future', async () => {
    const signal = signalOf({ deadline: Number.MAX_SAFE_INTEGER }, 0);
    await new Promise(setImmediate);
    expect(signal?.aborted).toBe(false);
  });

  it('says whoever came first: the caller before the deadline', async () => {
    const caller = new AbortController();
    const signal = signalOf({ signal: caller.signal, deadline: 1_005 }, 1_000) as AbortSignal;
    caller.abort(new Error('Ctrl-C'));
    const error = abortError(signal, 'the task ended');
    expect(error).toBeInstanceOf(CancelledError);
    expect(error).toMatchObject({
      message: 'the call was cancelled before the task ended',
      cause: { message: 'Ctrl-C' },
    });
  });
});

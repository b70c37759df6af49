import { expect, it } from 'vitest';
import type { Call } from '../../src/runtime/call.js';
import { ExitWatch } from '../../src/runtime/exit-watch.js';
import type { Process } from '../../src/runtime/platform-runtime.js';
import { machine } from './harness.js';

it('a watch that is given up before it waits does not wait, whatever its backend makes of a signal', async () => {
  await using host = await machine();
  const waits: unknown[] = [];
  // It hears of an abort that comes while it waits, and not of one that was before.
  const wait: Process['wait'] = (context) => {
    waits.push(context);
    return new Promise((_, reject) => context?.signal?.addEventListener('abort', reject));
  };
  const watch = new ExitWatch(host.engine);
  const call = { stream: { namespace: 'default', task: 'web' } } as Call;
  watch.watch(call, '', async () => ({ wait }) as Process);
  await watch[Symbol.asyncDispose]();
  expect(waits).toEqual([]);
});

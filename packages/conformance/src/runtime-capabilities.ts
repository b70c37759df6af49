import { join } from 'node:path';
import { attachedStdin, marshalAny, type RuntimeCapability, runtimeCapabilities, typeUrls } from '@shiplog/core/plugin';
import { notImplemented } from './codes.js';
import { expect } from './expect.js';
import type { Bench, Rule } from './runtime-harness.js';

/** How each is asked for. */
const attempts = {
  attach: async (bench) => (await bench.created('x', 'true')).attach(),
  checkpoint: async (bench) => (await bench.sleeping('x')).checkpoint(join(bench.folder, 'images')),
  exec: async (bench) => (await bench.sleeping('x')).exec('y', bench.process('true')),
  fifo: (bench) => bench.create('x', { ...bench.spec('true'), io: { stdout: bench.fifo('out') } }),
  pause: async (bench) => (await bench.sleeping('x')).pause(),
  stats: async (bench) => (await bench.sleeping('x')).stats(),
  terminal: (bench) => bench.create('x', bench.onTerminal('true')),
  update: async (bench) =>
    (await bench.sleeping('x')).update(marshalAny(typeUrls.linuxResources, { pids: { limit: 50 } })),
} as const satisfies Record<RuntimeCapability, (bench: Bench) => Promise<unknown>>;

const names = new Set<string>(runtimeCapabilities);

export const capabilityRules: readonly Rule[] = [
  ...runtimeCapabilities.map(
    (capability, index): Rule => ({
      id: `X${index + 1}`,
      text: `a runtime that does not name "${capability}" among its capabilities refuses it with not-implemented`,
      unless: ({ capabilities }) =>
        !capabilities || capabilities.includes(capability) ? 'it names that capability' : undefined,
      async check(bench) {
        await expect(attempts[capability](bench)).rejects.toMatchObject(notImplemented);
      },
    }),
  ),
  {
    id: 'X9',
    text: 'a stdin that is open for attachments is refused with not-implemented where "attach" is not named',
    unless: ({ capabilities }) =>
      !capabilities || capabilities.includes('attach') ? 'it names that capability' : undefined,
    async check(bench) {
      const create = bench.create('x', { ...bench.spec('true'), io: { stdin: attachedStdin.once } });
      await expect(create).rejects.toMatchObject(notImplemented);
    },
  },
  {
    id: 'X10',
    text: 'no capability is named twice',
    unless: ({ capabilities }) => (capabilities ? undefined : 'its capabilities are not known'),
    async check({ capabilities = [] }) {
      const known = capabilities.filter((word) => names.has(word));
      expect(known).toEqual([...new Set(known)]);
    },
  },
];

import type { Projection } from '../../src/event-log/projection.js';

/** How many records each task has, in words that tell the version. */
export function counting(version: number): Projection {
  return {
    name: 'counting',
    version,
    apply({ task }, store) {
      const before = store.get(task);
      const count = before ? Number(Buffer.from(before).toString().split(' ')[1]) : 0;
      store.put(task, Buffer.from(`v${version} ${count + 1}`));
    },
  };
}

import { eventLogConformance } from '@shiplog/conformance';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';

eventLogConformance({
  name: 'in memory',
  async open({ projections }) {
    const log = new MemoryEventLog({ projections });
    return { log, [Symbol.asyncDispose]: () => log[Symbol.asyncDispose]() };
  },
});

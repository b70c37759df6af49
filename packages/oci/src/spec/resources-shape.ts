/** LinuxResources: a runtime may pass over a value of the wrong type without a word. */
import { z } from 'zod';
import { integer, list, natural, text } from './spec-values.js';

const whole = integer.nullish();
const count = natural.nullish();
const flag = z.boolean().nullish();

// Most specs have none of these, and a shape takes time to make.
const memory = z.lazy(() =>
  z.looseObject({
    limit: whole,
    reservation: whole,
    swap: whole,
    kernel: whole,
    kernelTCP: whole,
    swappiness: count,
    disableOOMKiller: flag,
    useHierarchy: flag,
    checkBeforeUpdate: flag,
  }),
);

const cpu = z.lazy(() =>
  z.looseObject({
    shares: count,
    quota: whole,
    burst: count,
    period: count,
    realtimeRuntime: whole,
    realtimePeriod: count,
    cpus: text.nullish(),
    mems: text.nullish(),
    idle: whole,
  }),
);

const blockIO = z.lazy(() => {
  const device = z.looseObject({ major: integer, minor: integer });
  const weights = list(device.extend({ weight: count, leafWeight: count }));
  const rates = list(device.extend({ rate: natural }));
  return z.looseObject({
    weight: count,
    leafWeight: count,
    weightDevice: weights,
    throttleReadBpsDevice: rates,
    throttleWriteBpsDevice: rates,
    throttleReadIOPSDevice: rates,
    throttleWriteIOPSDevice: rates,
  });
});

const network = z.lazy(() =>
  z.looseObject({ classID: count, priorities: list(z.looseObject({ name: text, priority: natural })) }),
);

export const resourcesShape = z.looseObject({
  devices: list(z.looseObject({ allow: z.boolean(), type: text.optional(), access: text.optional() })),
  memory: memory.nullish(),
  cpu: cpu.nullish(),
  pids: z.lazy(() => z.looseObject({ limit: whole })).nullish(),
  blockIO: blockIO.nullish(),
  hugepageLimits: z.lazy(() => z.array(z.looseObject({ pageSize: text, limit: natural }))).nullish(),
  network: network.nullish(),
  rdma: z.lazy(() => z.record(text, z.looseObject({ hcaHandles: count, hcaObjects: count }))).nullish(),
  unified: z.lazy(() => z.record(text, text)).nullish(),
});

/** LinuxResources: a runtime may pass over a value of the wrong type without a word. */
import * as v from 'valibot';
import { integer, listOf, looseObject, natural, objectByName, text, textByName } from './shapes.js';

const whole = v.nullish(integer);
const count = v.nullish(natural);
const flag = v.nullish(v.boolean());

const memory = looseObject({
  limit: whole,
  reservation: whole,
  swap: whole,
  kernel: whole,
  kernelTCP: whole,
  swappiness: count,
  disableOOMKiller: flag,
  useHierarchy: flag,
  checkBeforeUpdate: flag,
});

const cpu = looseObject({
  shares: count,
  quota: whole,
  burst: count,
  period: count,
  realtimeRuntime: whole,
  realtimePeriod: count,
  cpus: v.nullish(text),
  mems: v.nullish(text),
  idle: whole,
});

const device = { major: integer, minor: integer };
const weights = listOf(looseObject({ ...device, weight: count, leafWeight: count }));
const rates = listOf(looseObject({ ...device, rate: natural }));
const blockIO = looseObject({
  weight: count,
  leafWeight: count,
  weightDevice: weights,
  throttleReadBpsDevice: rates,
  throttleWriteBpsDevice: rates,
  throttleReadIOPSDevice: rates,
  throttleWriteIOPSDevice: rates,
});

const network = looseObject({ classID: count, priorities: listOf(looseObject({ name: text, priority: natural })) });

export const resourcesShape = looseObject({
  devices: listOf(looseObject({ allow: v.boolean(), type: v.optional(text), access: v.optional(text) })),
  memory: v.nullish(memory),
  cpu: v.nullish(cpu),
  pids: v.nullish(looseObject({ limit: whole })),
  blockIO: v.nullish(blockIO),
  hugepageLimits: listOf(looseObject({ pageSize: text, limit: natural })),
  network: v.nullish(network),
  rdma: v.nullish(objectByName(looseObject({ hcaHandles: count, hcaObjects: count }))),
  unified: v.nullish(textByName),
});

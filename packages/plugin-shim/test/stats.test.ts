import { create, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { CgroupV1MetricsSchema, CgroupV2MetricsSchema } from '@shiplog/containerd-api';
import { metricsTypes, unmarshalMetrics } from '@shiplog/oci';
import { expect, test } from 'vitest';
import { metricsOf } from '../src/stats.js';

test('metrics are as those of every backend: numbers, without limits that are none, with the working set', () => {
  const message = create(CgroupV1MetricsSchema, {
    memory: { usage: { usage: 1000n, limit: 2n ** 63n - 4096n, max: 2000n }, totalInactiveFile: 300n },
    pids: { current: 2n, limit: 5n },
    cpu: { usage: { total: 7n, perCpu: [3n, 4n] } },
    blkio: { ioServiceBytesRecursive: [{ op: 'Read', device: '8', major: 8n, value: 4096n }] },
  });
  const any = create(AnySchema, { typeUrl: metricsTypes.v1, value: toBinary(CgroupV1MetricsSchema, message) });
  const metrics = JSON.parse(Buffer.from(metricsOf(any, 'web').value).toString());
  expect(metrics).toMatchObject({
    memory: { usage: { usage: 1000, max: 2000 }, workingSet: 700 },
    pids: { current: 2, limit: 5 },
    cpu: { usage: { total: 7, perCpu: [3, 4] } },
    blkio: { ioServiceBytesRecursive: [{ op: 'Read', device: '8', major: 8, value: 4096 }] },
  });
  expect(metrics.memory.usage).not.toHaveProperty('limit');
  expect(() => unmarshalMetrics(metricsOf(any, 'web'))).not.toThrow();
});

test('those of cgroup v2 as well', () => {
  const message = create(CgroupV2MetricsSchema, { memory: { usage: 1000n, usageLimit: 5000n, inactiveFile: 1n } });
  const any = create(AnySchema, { typeUrl: metricsTypes.v2, value: toBinary(CgroupV2MetricsSchema, message) });
  expect(JSON.parse(Buffer.from(metricsOf(any, 'web').value).toString())).toMatchObject({
    memory: { usage: 1000, usageLimit: 5000, workingSet: 999 },
  });
});

test('of another kind are not there, and the error names it', () => {
  expect(() => metricsOf(create(AnySchema, { typeUrl: 'io.example.Metrics' }), 'web')).toThrow('io.example.Metrics');
  expect(() => metricsOf(undefined, 'web')).toThrow('the shim gave none');
});

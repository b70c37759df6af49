import type { HealthFinding } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { fatesOf } from '../../src/views/finding-fates.js';

const disk = (left: number, about = '/root'): HealthFinding => ({
  ...{ kind: 'disk', severity: 'fault', reason: `${about} has ${left} MiB left`, remedy: '', mendable: false, about },
});
const exit = (task: string): HealthFinding => ({
  ...{ kind: 'process-gone', severity: 'fault', reason: 'its process is gone', remedy: '', mendable: true },
  ...{ namespace: 'default', task },
});

const fates = (...given: Parameters<typeof fatesOf>) =>
  fatesOf(...given).map(({ fate, task, reason }) => `${fate}: ${task ?? reason}`);

describe('What was found, and what is left of it', () => {
  it('is the same thing though its figures have changed', () => {
    expect(fates([disk(40)], [disk(39)], [])).toEqual(['left: /root has 39 MiB left']);
    expect(fates([disk(40)], [disk(39, '/state')], [])).toEqual([
      'gone: /root has 40 MiB left',
      'left: /state has 39 MiB left',
    ]);
  });

  it('was mended only where there is a record of that', () => {
    const mends = [{ namespace: 'default', task: 'web' }];
    expect(fates([disk(40), exit('web'), exit('db')], [], mends)).toEqual([
      'gone: /root has 40 MiB left',
      'mended: web',
      'gone: db',
    ]);
  });

  it('is left where it could not be mended', () => {
    expect(fates([exit('web')], [exit('web')], [{ namespace: 'default', task: 'web' }])).toEqual(['left: web']);
  });
});

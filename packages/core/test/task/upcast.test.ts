import { describe, expect, it } from 'vitest';
import { containerdTopics, eventVersions, taskTopics } from '../../src/task/events.js';
import { upcast } from '../../src/task/upcast.js';
import { requested } from './fixtures.js';

describe('a stored event', () => {
  const { type, ...event } = requested.start;

  it('of the present version is as it was', () => {
    expect(upcast({ type, schema: eventVersions[type], event })).toEqual(requested.start);
  });

  it.each([0, -1, 0.5, 2, 1e9, Number.NaN])('of version %d is not known', (schema) => {
    expect(upcast({ type, schema, event })).toBeUndefined();
  });

  it.each(['/tasks/paused-for-ever', '', 'constructor', '__proto__', '/plugins/started'])(
    'of type %j is not known',
    (foreign) => {
      expect(upcast({ type: foreign, schema: 1, event })).toBeUndefined();
    },
  );

  it.each([
    ['/mounts/activate-failed', { left: [] }],
    ['/mounts/deactivated', { detached: [] }],
  ])('of the first version of %s says that nothing was left', (topic, added) => {
    const first = { containerId: 'web', requestId: 'r', target: '/t' };
    expect(upcast({ type: topic, schema: 1, event: first })).toEqual({ type: topic, ...first, ...added });
  });

  it.each(['/tasks/create-requested', '/tasks/exec-requested'])(
    'of the first version of %s has its secrets in the spec',
    (topic) => {
      const first = { containerId: 'web', requestId: 'r', spec: { typeUrl: 't', sha256: 'ab' } };
      expect(upcast({ type: topic, schema: 1, event: first })).toEqual({ type: topic, ...first });
    },
  );

  it('cannot give itself another type', () => {
    expect(upcast({ type, schema: 1, event: { ...event, type: '/tasks/delete' } })?.type).toBe(type);
  });
});

it("containerd's ten facts are among the topics, under its names", () => {
  expect(taskTopics).toEqual(expect.arrayContaining([...containerdTopics]));
  expect(containerdTopics).toHaveLength(10);
});

import { taskTopics } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { type Kind, kindOf } from '../src/kinds.js';

describe('the kind of an event', () => {
  it.each<[string, Kind]>([
    ['/tasks/create-requested', 'request'],
    ['/tasks/start', 'lifecycle'],
    ['/tasks/exit', 'lifecycle'],
    ['/tasks/exec-started', 'exec'],
    ['/tasks/signalled', 'kill'],
    ['/tasks/oom', 'oom'],
    ['/tasks/exec-start-failed', 'failure'],
    ['/mounts/activate-failed', 'failure'],
    ['/tasks/rejected', 'failure'],
    ['/recovery/claimed', 'recovery'],
    ['/recovery/of-a-later-version', 'recovery'],
    ['/audit/shredded', 'shred'],
    ['/plugins/started', 'other'],
    ['constructor', 'other'],
  ])('of %s is %s', (type, kind) => {
    expect(kindOf(type)).toBe(kind);
  });

  it('is known of every topic there is', () => {
    expect(taskTopics.filter((topic) => kindOf(topic) === 'other')).toEqual([]);
  });
});

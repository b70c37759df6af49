import { expect, it } from 'vitest';
import { defaultRoot, defaultState } from '../src/default-folders.js';

it.each([
  [0, { XDG_DATA_HOME: '/data', XDG_RUNTIME_DIR: '/run/user/0' }, '/var/lib/shiplog', '/run/shiplog'],
  [7, { XDG_DATA_HOME: '/data', XDG_RUNTIME_DIR: '/run/user/7' }, '/data/shiplog', '/run/user/7/shiplog'],
  [7, { HOME: '/home/me' }, '/home/me/.local/share/shiplog', '/tmp/shiplog-7'],
  [7, { HOME: '/h', XDG_DATA_HOME: 'data', XDG_RUNTIME_DIR: '' }, '/h/.local/share/shiplog', '/tmp/shiplog-7'],
])('user %d with %j keeps it in %s and %s', (uid, env, root, state) => {
  expect([defaultRoot(env, uid), defaultState(env, uid)]).toEqual([root, state]);
});

import { describe, expect, it } from 'vitest';
import { NotFoundError } from '../../src/kernel/errors.js';
import { type Backend, Backends } from '../../src/runtime/backends.js';
import type { DrivenRuntimes } from '../../src/runtime/platform-runtime.js';
import { FaultyBackend } from './faulty-backend.js';

const own = 'io.containerd.own.v1';
const driver = 'io.containerd.driver.v1';

const backend = (id: string, driven?: DrivenRuntimes): Backend => ({
  runtime: Object.assign(new FaultyBackend(), { id, ...(driven && { driven }) }),
  version: `${id} 1.0`,
  stateDir: `/state/${id}`,
  rootDir: `/root/${id}`,
});

/** Drives everything whose name begins with `/` or has `there` in it. */
const driven = (preferred: readonly string[] = []): DrivenRuntimes => ({
  prefers: (runtime) => preferred.includes(runtime),
  assertThere: (runtime) => {
    if (!/^\/|there/.test(runtime)) throw new NotFoundError('there is no such shim');
  },
});

const backendsWith = (preferred?: readonly string[]) =>
  new Backends(
    new Map([
      [driver, backend(driver, driven(preferred))],
      [own, backend(own)],
    ]),
    new Map([['io.containerd.there-but-broken.v1', 'its plugin is broken']]),
  );

describe('A new task', () => {
  it.each([
    ['without a runtime: the first plugin that is one itself', {}, own, own],
    ['of a plugin that has the ID', { runtime: own }, own, own],
    ['of a runtime that is no plugin', { runtime: 'io.containerd.there.v2' }, 'io.containerd.there.v2', driver],
    ['of an absolute path', { runtime: '/opt/shim' }, '/opt/shim', driver],
    ['of a server that runs already, whatever its runtime', { runtime: own, address: '/run/sock' }, own, driver],
  ])('%s', (_what, opts, id, by) => {
    const resolved = backendsWith().resolve(opts);
    expect([resolved.id, resolved.backend.runtime.id]).toEqual([id, by]);
  });

  it('goes to the backend that is to have it although a plugin has the ID', () => {
    expect(backendsWith([own]).resolve({ runtime: own }).backend.runtime.id).toBe(driver);
    expect(backendsWith([own]).resolve({}).backend.runtime.id).toBe(driver);
  });

  it.each([
    ['io.containerd.none.v1', `not available: there is no such shim; the available ones are: ${own}`],
    ['io.containerd.there-but-broken.v1', 'its plugin is broken'],
    [driver, `is not known; the known ones are: ${own}`],
    ['./shim', 'give an ID such as io.containerd.runc.v2, or the full path of a shim'],
  ])('is refused for %s', (runtime, why) => {
    expect(() => backendsWith().resolve({ runtime })).toThrow(why);
  });
});

describe('A task that is there', () => {
  it('may be with its plugin or with the backend that drives others: its bundle tells', () => {
    const ids = (id: string) =>
      backendsWith()
        .candidates(id)
        .map(({ runtime }) => runtime.id);
    expect(ids(own)).toEqual([own, driver]);
    expect(ids('io.containerd.there.v2')).toEqual([driver]);
    expect(backendsWith().pluginOf(own, `/state/${driver}/default/web`)).toEqual({ runtimeVersion: `${driver} 1.0` });
    expect(backendsWith().pluginOf(own, `/state/${own}/default/web`)).toEqual({ runtimeVersion: `${own} 1.0` });
    expect(new Backends(new Map()).pluginOf(own, '')).toEqual({ runtimeVersion: '' });
    expect(() => new Backends(new Map()).candidates(own)).toThrow('is not known');
  });
});

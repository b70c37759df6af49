import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { OciSpec } from '../../src/spec/oci-spec.js';
import type { OciPlugin } from '../backend-harness.js';
import { useBackend } from './use-backend.js';

/** What is right in its form, and still cannot be run: each is an error that says what to do, and leaves nothing. */
export function refusals(name: string, plugin: OciPlugin): void {
  describe(`${name}: what cannot be run`, () => {
    const on = useBackend(plugin);
    const put = (path: string, content: string): void => {
      const file = join(on.host.folder, 'busybox', path);
      writeFileSync(file, content);
      chmodSync(file, 0o755);
    };
    const mount = (change: object) => (spec: OciSpec) => ({ ...spec, mounts: [...(spec.mounts ?? []), change] });

    test.each<[string, readonly string[], (spec: OciSpec) => object, RegExp, object]>([
      [
        'a script without its interpreter',
        ['lost'],
        (spec) => spec,
        /^cannot create task bad: lost needs \/no\/such, which is not in the root file system/,
        { code: 'not-found', details: { exitCode: 127 } },
      ],
      [
        'a bind mount of nothing',
        ['true'],
        mount({ destination: '/tmp', type: 'bind', source: '/no/such', options: ['rbind'] }),
        /^the source \/no\/such of the mount on \/tmp is not there; make it/,
        { code: 'not-found' },
      ],
      [
        'a file mounted on a folder',
        ['true'],
        mount({ destination: '/tmp', type: 'bind', source: '/etc/passwd', options: ['bind'] }),
        /; source and target of a bind mount must both be folders, or both be files$/,
        { code: 'unknown' },
      ],
      [
        'a file system that the kernel does not have',
        ['true'],
        mount({ destination: '/tmp', type: 'nosuchfs', source: 'none' }),
        /; the kernel has no file system of that type$/,
        { code: 'unknown' },
      ],
      [
        'a working directory that is a file',
        ['true'],
        (spec) => ({ ...spec, process: { ...spec.process, cwd: '/etc/passwd' } }),
        /; see that the working directory \(--cwd\) is a folder there/,
        { code: 'unknown' },
      ],
      [
        'less memory than the runtime itself needs',
        ['true'],
        (spec) => ({ ...spec, linux: { ...spec.linux, resources: { memory: { limit: 1 } } } }),
        /; give it more memory \(--memory\)$/,
        { code: 'unknown' },
      ],
    ])('%s', async (_what, args, change, message, error) => {
      put('bin/lost', '#!/no/such -x\n');
      const create = on.create('bad', on.opts(args, change));
      await expect(create).rejects.toMatchObject({ ...error, message: expect.stringMatching(message) });
      await on.expectNothingLeft('bad');
    });

    test('an exec of a script without its interpreter: it can be started when that is there', async () => {
      put('bin/lost', '#!/bin/soon\nexit 6\n');
      const task = await on.start('host', 'sleep', '1000');
      const exec = await task.exec('one', on.process('/bin/lost'));
      await expect(exec.start()).rejects.toMatchObject({
        message:
          'cannot start exec one in task host: /bin/lost needs /bin/soon, which is not in the root file system; install it there',
        details: { exitCode: 127 },
      });
      put('bin/soon', '#!/bin/sh\n. "$1"\n');
      await exec.start();
      expect(await exec.wait()).toMatchObject({ status: 6 });
    });
  });
}

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountConformance } from '@shiplog/conformance';
import { canMount } from '../src/can-mount.js';
import { mountPlugin } from '../src/index.js';

mountConformance({
  name: mountPlugin.id,
  skip: canMount() ? undefined : 'mounting needs CAP_SYS_ADMIN',
  async open() {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'shiplog-mounts-')));
    const [source, other] = [join(folder, 'source'), join(folder, 'other')];
    for (const path of [source, other]) mkdirSync(path);
    writeFileSync(join(source, 'hello'), '');
    const context = { config: undefined, stateDir: folder, rootDir: folder, note: () => {} };
    return {
      handler: await mountPlugin.init({ ...context, signal: new AbortController().signal }),
      folder,
      samples: [
        { type: 'tmpfs', source: 'tmpfs', options: ['size=1m'] },
        { type: 'bind', source, options: ['ro'], shows: ['hello'] },
        { type: 'overlay', source: 'overlay', options: [`lowerdir=${source}:${other}`], shows: ['hello'] },
      ],
      [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
});

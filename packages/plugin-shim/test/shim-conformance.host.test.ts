import { runtimeConformance } from '@shiplog/conformance';
import { shimPlugin } from '../src/index.js';
import { cannotRun, openShim, runcShim } from './harness.js';

const { capabilities } = shimPlugin;

runtimeConformance({ name: 'the shim for runc', capabilities, skip: cannotRun(), open: () => openShim(runcShim) });

// Further ones, by their absolute paths: those of other versions of containerd, say. Each has its tasks in a group as well.
for (const path of (process.env.SHIPLOG_SHIMS ?? '').split(':').filter((text) => text !== '')) {
  const inGroup = { opts: { sandboxId: 'pod' } };
  runtimeConformance({ name: path, capabilities, open: () => openShim(path) });
  runtimeConformance({ name: `${path}, in a group`, capabilities, open: () => openShim(path, inGroup) });
}

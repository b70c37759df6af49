import { runtimeConformance } from '@shiplog/conformance';
import { shimPlugin } from '../src/index.js';
import { cannotRun, openShim, runcShim } from './harness.js';

const { capabilities } = shimPlugin;

const inGroup = { opts: { sandboxId: 'pod' } };
const skip = cannotRun();

runtimeConformance({ name: 'the shim for runc', capabilities, skip, open: () => openShim(runcShim) });
runtimeConformance({ name: 'its tasks in a group', capabilities, skip, open: () => openShim(runcShim, inGroup) });

// Further ones, by their absolute paths: those of other versions of containerd, say. Each has its tasks in a group as well.
for (const path of (process.env.SHIPLOG_SHIMS ?? '').split(':').filter((text) => text !== '')) {
  runtimeConformance({ name: path, capabilities, open: () => openShim(path) });
  runtimeConformance({ name: `${path}, in a group`, capabilities, open: () => openShim(path, inGroup) });
}

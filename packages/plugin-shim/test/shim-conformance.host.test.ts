import { runtimeConformance } from '@shiplog/conformance';
import { cannotRun, openShim, runcShim } from './harness.js';

runtimeConformance({ name: 'the shim for runc', skip: cannotRun(), open: () => openShim(runcShim) });

// Further ones, by their absolute paths: those of other versions of containerd, say. Each has its tasks in a group as well.
for (const path of (process.env.SHIPLOG_SHIMS ?? '').split(':').filter((text) => text !== '')) {
  runtimeConformance({ name: path, open: () => openShim(path) });
  runtimeConformance({ name: `${path}, in a group`, open: () => openShim(path, { opts: { sandboxId: 'pod' } }) });
}

import { runtimeConformance } from '@shiplog/conformance';
import { cannotRun, openShim, runcShim } from './harness.js';

runtimeConformance({ name: 'the shim for runc', skip: cannotRun(), open: () => openShim(runcShim) });

import { runtimeConformance } from '@shiplog/conformance';
import { runcPlugin } from '@shiplog/plugin-runc';
import { cannotRun, openBackend } from '../../oci/test/backend-harness.js';

runtimeConformance({
  name: 'runc',
  capabilities: runcPlugin.capabilities,
  skip: cannotRun(runcPlugin),
  open: () => openBackend(runcPlugin),
});

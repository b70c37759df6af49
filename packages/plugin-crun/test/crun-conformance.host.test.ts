import { runtimeConformance } from '@shiplog/conformance';
import { crunPlugin } from '@shiplog/plugin-crun';
import { cannotRun, openBackend } from '../../oci/test/backend-harness.js';

runtimeConformance({
  name: 'crun',
  capabilities: crunPlugin.capabilities,
  skip: cannotRun(crunPlugin),
  open: () => openBackend(crunPlugin),
});

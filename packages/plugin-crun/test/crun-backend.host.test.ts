import { crunPlugin } from '@shiplog/plugin-crun';
import { foundAgain } from '../../oci/test/backend/found-again.js';
import { identity } from '../../oci/test/backend/identity.js';
import { limited } from '../../oci/test/backend/limited.js';
import { metered } from '../../oci/test/backend/metered.js';
import { nothingLeft } from '../../oci/test/backend/nothing-left.js';
import { onTheHost } from '../../oci/test/backend/on-the-host.js';
import { refusals } from '../../oci/test/backend/refusals.js';
import { stdioKinds } from '../../oci/test/backend/stdio-kinds.js';

nothingLeft('crun', crunPlugin);
foundAgain('crun', crunPlugin);
onTheHost('crun', crunPlugin);
identity('crun', crunPlugin);
stdioKinds('crun', crunPlugin);
metered('crun', crunPlugin);
limited('crun', crunPlugin);
refusals('crun', crunPlugin);

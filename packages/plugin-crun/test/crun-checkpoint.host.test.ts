import { crunPlugin } from '@shiplog/plugin-crun';
import { checkpoints } from '../../oci/test/backend/checkpoints.js';

checkpoints('crun', crunPlugin, 'crun', true);

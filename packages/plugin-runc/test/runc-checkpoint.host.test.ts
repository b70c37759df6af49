import { runcPlugin } from '@shiplog/plugin-runc';
import { checkpoints } from '../../oci/test/backend/checkpoints.js';

checkpoints('runc', runcPlugin, 'runc', false);

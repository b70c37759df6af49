import { logDriverConformance } from '@shiplog/conformance';
import { conformance, plugin } from '../src/index.ts';

logDriverConformance({ name: plugin.id, open: conformance });

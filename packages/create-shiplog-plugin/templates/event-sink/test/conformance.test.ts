import { sinkConformance } from '@shiplog/conformance';
import { conformance, plugin } from '../src/index.ts';

sinkConformance({ name: plugin.id, open: conformance });

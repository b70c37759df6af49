import { taskMonitorConformance } from '@shiplog/conformance';
import { conformance, plugin } from '../src/index.ts';

taskMonitorConformance({ name: plugin.id, open: conformance });

import { mountConformance } from '@shiplog/conformance';
import { conformance, plugin } from '../src/index.ts';

mountConformance({
  name: plugin.id,
  skip: process.getuid?.() === 0 ? undefined : 'mounting needs root',
  open: conformance,
});

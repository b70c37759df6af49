import { join } from 'node:path';
import { definePlugin } from '@shiplog/core/plugin';
import { FileSink } from './file-sink.ts';

/** Writes every record to a file, one JSON object a line. */
export const plugin = definePlugin({
  id: 'io.containerd.lines.v1',
  type: 'event-sink',
  apiVersion: '^1.0.0',
  version: '0.1.0',
  init: ({ rootDir }) => new FileSink(join(rootDir, 'events.jsonl')),
});

export { conformance } from './conformance.ts';

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { archivesFolder, type Segment } from './log-base.js';

/** Where a file of a segment is: among the root's own archives, if it is there, since a copy of a root has its own. */
export function archivedPath(root: string, { folder }: Segment, file: string): string {
  const own = join(root, archivesFolder, file);
  return existsSync(own) ? own : join(folder, file);
}

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder of its own, with files by their relative paths. */
export function filesOf(files: Readonly<Record<string, string | object>> = {}) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'shiplog-config-')));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o644 });
  }
  return {
    folder,
    at: (name: string) => join(folder, name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The source of a plugin of that ID, which needs nothing. */
export function pluginSource(id: string, more = ''): string {
  return `export const plugin = { id: '${id}', type: 'task-monitor', apiVersion: '^1.0.0', version: '1.2.3',
    init: () => ({ monitor() {}, stop() {} }), ${more} };`;
}

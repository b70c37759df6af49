// Makes packages/cli/bundle, which is what `shiplog` runs, from the sources of all packages; docs/adr/0014-bundle.md says
// why. What is up to date is left alone, and no file is ever half written: commands may be running from it.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const checkout = join(import.meta.dirname, '..');
const packages = join(checkout, 'packages');
const folder = join(packages, 'cli', 'bundle');
const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
  readFileSync(join(packages, 'cli', 'package.json'), 'utf8'),
);

await using bundle = await rolldown({
  input: { main: join(packages, 'cli', 'src', 'main.ts') },
  platform: 'node',
  // What is installed with the command: native addons.
  external: Object.keys(dependencies),
  resolve: {
    alias: Object.fromEntries([
      ['@shiplog/core/plugin$', join(packages, 'core', 'src', 'plugin-api.ts')],
      ['@shiplog/conformance/rules$', join(packages, 'conformance', 'src', 'rules.ts')],
      ...readdirSync(packages).map((name) => [`@shiplog/${name}$`, join(packages, name, 'src', 'index.ts')]),
    ]),
    extensionAlias: { '.js': ['.ts', '.js'] },
  },
  onLog(level, { message }) {
    if (level === 'warn') throw new Error(message);
  },
});
const { output } = await bundle.generate({
  dir: folder,
  // Node loads it faster than ES modules: for those it also loads what each of its own modules could be asked for.
  format: 'cjs',
  sourcemap: true,
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name].cjs',
  comments: { legal: true, jsdoc: false, annotation: false },
});

const licenses = 'LICENSES.txt';
mkdirSync(folder, { recursive: true });
for (const file of output) write(file.fileName, file.type === 'chunk' ? file.code : file.source);
write(licenses, licensesOf(output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))));
const made = new Set([licenses, ...output.map(({ fileName }) => fileName)]);
for (const name of readdirSync(folder)) {
  if (!made.has(name) && name !== '.cache') rmSync(join(folder, name), { recursive: true });
}

/** What is bundled goes out with the words that its licenses ask for. */
function licensesOf(modules: readonly string[]): string {
  const roots = modules.map((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0]);
  const texts = [...new Set(roots.filter((root) => root !== undefined))].sort().map((root) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const file = readdirSync(root).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(root, file), 'utf8').trim() : 'No text came with it.'}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

function write(name: string, content: string | Uint8Array): void {
  const path = join(folder, name);
  try {
    if (readFileSync(path).equals(Buffer.from(content))) return;
  } catch {
    // It is not there yet.
  }
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content);
  renameSync(draft, path);
}

// Makes packages/cli/bundle, which is what `shiplog` runs, from the sources of all packages; docs/adr/0014-bundle.md says
// why. What is up to date is left alone, and no file is ever half written: commands may be running from it.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';
import { buildReportPage } from './report-page.ts';

const checkout = join(import.meta.dirname, '..');
const packages = join(checkout, 'packages');
const folder = join(packages, 'cli', 'bundle');
const cli = join(packages, 'cli', 'src');

/** What lmdb-js asks for and the log does not need, or needs less of. */
const instead: Readonly<Record<string, string>> = {
  msgpackr: join(cli, 'native', 'unused-encodings.ts'),
  'ordered-binary': join(cli, 'native', 'unused-encodings.ts'),
  'node-gyp-build-optional-packages': join(cli, 'native', 'lmdb-addon.ts'),
};

/**
 * A file that is found, read and compiled costs more than what stands in it, so what goes together is one chunk: what
 * every command needs, what opens a root, and what `run` and its like need beside it. By their first modules; each
 * chunk holds what its first module imports, and no earlier chunk has.
 */
const chunkRoots = {
  base: ['program.ts', 'command.ts'],
  engine: ['session.ts'],
  tasks: ['commands/run.ts'],
} as const;
const chunkOf = new Map<string, string>();
const chunks: Plugin = {
  name: 'chunks',
  buildEnd() {
    for (const [chunk, roots] of Object.entries(chunkRoots)) {
      const found = roots.map((root) => join(cli, root));
      for (const id of found) {
        if (chunkOf.has(id)) continue;
        chunkOf.set(id, chunk);
        found.push(...(this.getModuleInfo(id)?.importedIds ?? []));
      }
    }
  },
};

await using bundle = await rolldown({
  input: { main: join(cli, 'main.ts'), program: join(cli, 'program.ts') },
  preserveEntrySignatures: 'allow-extension',
  platform: 'node',
  plugins: [chunks],
  // Loads its native addon by a path of its own. That of lmdb, which every command needs, is found by ours.
  external: ['node-unix-socket'],
  resolve: {
    alias: {
      ...instead,
      ...Object.fromEntries(
        readdirSync(packages).map((name) => [`@shiplog/${name}`, join(packages, name, 'src', 'index.ts')]),
      ),
    },
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
  codeSplitting: {
    groups: Object.keys(chunkRoots).map((name) => ({ name, test: (id: string) => chunkOf.get(id) === name })),
  },
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name].cjs',
  comments: { legal: true, jsdoc: false, annotation: false },
});

const licenses = 'LICENSES.txt';
mkdirSync(folder, { recursive: true });
const contents = output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source] as const);
const build = createHash('sha256').update(JSON.stringify(contents)).digest('hex').slice(0, 16);
// The first file last: by then the others are those of its build.
for (const [name, content] of contents.toSorted(
  ([one], [other]) => Number(one === 'main.cjs') - Number(other === 'main.cjs'),
)) {
  write(name, name === 'main.cjs' ? String(content).replace('SHIPLOG_BUILD', JSON.stringify(build)) : content);
}
write(licenses, licensesOf(output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))));
// `shiplog audit report` reads these when it is asked for a report.
const page = await buildReportPage();
write('report-page.js', page.script);
write('report-page.css', page.style);
const made = new Set([licenses, 'report-page.js', 'report-page.css', ...output.map(({ fileName }) => fileName)]);
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

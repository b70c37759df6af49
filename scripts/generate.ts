// Makes src/gen of each package that has a buf.gen.yaml from its .proto files. What is up to date is left alone.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const checkout = join(import.meta.dirname, '..');
const bin = join(checkout, 'node_modules', '.bin');
const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };

for (const name of readdirSync(join(checkout, 'packages'))) {
  const folder = join(checkout, 'packages', name);
  if (!existsSync(join(folder, 'buf.gen.yaml'))) continue;
  const stamp = join(folder, 'src', 'gen', '.inputs');
  const inputs = digestOf(folder);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) continue;
  execFileSync(join(bin, 'buf'), ['generate'], { cwd: folder, env, stdio: ['ignore', 'inherit', 'inherit'] });
  writeFileSync(stamp, inputs);
}

/** Of all that the generated code depends on. */
function digestOf(folder: string): string {
  const generator = join(checkout, 'node_modules', '@bufbuild', 'protoc-gen-es', 'package.json');
  const files = [generator, join(folder, 'buf.gen.yaml'), ...globSync(join(folder, 'proto', '**', '*.proto')).sort()];
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

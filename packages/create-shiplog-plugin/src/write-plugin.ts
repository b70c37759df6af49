/** Writes a package from the templates: `common` for each, and that of its type. */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { withArticle } from './plugin-types.js';
import { type Request, UsageError } from './request.js';

const templates = join(import.meta.dirname, '..', 'templates');

/** What would mean something to npm in our own package has another name there. */
const renamed = { gitignore: '.gitignore', github: '.github', 'manifest.json': 'package.json' } as const;

/**
 * @param folder where its own folder is made
 * @returns the path of that
 * @throws UsageError if something is there already: nothing is written over
 */
export function writePlugin(request: Request, folder: string): string {
  const target = resolve(folder, basename(request.name));
  if (existsSync(target) && !isEmptyFolder(target)) {
    throw new UsageError(`${target} is there already, and not empty: choose another name, or remove it`);
  }
  const typed = join(templates, request.type);
  for (const source of [join(templates, 'common'), typed]) cpSync(source, target, { recursive: true });
  for (const [from, to] of Object.entries(renamed)) renameSync(join(target, from), join(target, to));
  const exampleId = idIn(join(typed, 'src', 'index.ts'));
  for (const path of filesBelow(target)) fill(path, request, exampleId);
  return target;
}

function isEmptyFolder(path: string): boolean {
  return statSync(path).isDirectory() && readdirSync(path).length === 0;
}

function idIn(path: string): string {
  const id = /'(io\.containerd\.[^']+)'/.exec(readFileSync(path, 'utf8'))?.[1];
  if (id === undefined) throw new Error(`${path} names no plugin ID`);
  return id;
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function fill(path: string, { name, type, id }: Request, exampleId: string): void {
  const text = readFileSync(path, 'utf8');
  const filled = text
    .replaceAll('{{name}}', name)
    .replaceAll('{{folder}}', basename(name))
    .replaceAll('{{a type}}', withArticle(type))
    .replaceAll('{{A type}}', withArticle(type).replace(/^a/, 'A'))
    .replaceAll('{{id}}', id)
    .replaceAll(exampleId, id);
  if (filled !== text) writeFileSync(path, filled);
}

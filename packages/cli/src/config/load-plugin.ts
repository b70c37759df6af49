/** From a plugin's module to its manifests. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { errorMessageOf, InvalidArgumentError, type PluginManifest, UnavailableError } from '@shiplog/core';

/** Milliseconds. */
const patience = 10_000;

/**
 * @param path of the module
 * @returns at least one
 * @throws UnavailableError if its code cannot be run
 * @throws InvalidArgumentError if it exports no plugin
 */
export async function loadPlugin(path: string): Promise<readonly PluginManifest[]> {
  const module = await importModule(path);
  const exported = [...Object.values(module), ...Object.values(Object(module.default))];
  const manifests = [...new Set(exported)].filter(isManifest);
  if (manifests.length > 0) return manifests;
  const names = Object.keys(module).join(', ') || 'nothing';
  throw new InvalidArgumentError(
    `${path} is not a plugin: it exports ${names}, and nothing that definePlugin of @shiplog/core/plugin gave`,
  );
}

export async function importModule(path: string): Promise<Record<string, unknown>> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it took longer than ${patience} ms`)), patience);
  try {
    return Object(await Promise.race([load(path), late.promise])) as Record<string, unknown>;
  } catch (cause) {
    throw new UnavailableError(`the code of ${path} cannot be run: ${errorMessageOf(cause)}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

const require = createRequire(import.meta.url);

/** Node warns of `import()` in code that it has not loaded itself, as the bundle's; only a top-level await needs it. */
async function load(path: string): Promise<unknown> {
  try {
    return require(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error;
    return import(pathToFileURL(path).href);
  }
}

/** What it says is checked by the registry. */
function isManifest(value: unknown): value is PluginManifest {
  return typeof value === 'object' && value !== null && 'id' in value && 'type' in value && 'init' in value;
}

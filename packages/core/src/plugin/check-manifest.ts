/**
 * A manifest may come from an npm package that no compiler has checked against ours, so what its type promises is
 * looked at before anything is done with it (P8).
 */
import { parseRuntimeId } from '../kernel/identifiers.js';
import { type PluginManifest, type PluginType, pluginApiVersion } from './manifest.js';

/** The least that the instances of a type must have. */
const members = {
  runtime: ['id', 'create', 'get', 'tasks', 'delete'],
  'mount-handler': ['types', 'mount', 'unmount'],
  'event-sink': ['deliver'],
  'log-driver': ['schemes', 'resolve'],
  'task-monitor': ['monitor', 'stop'],
} as const satisfies Record<PluginType, readonly string[]>;

/** What is wrong with a manifest, in words; undefined if it can be started. */
export async function flawOfManifest(manifest: PluginManifest): Promise<string | undefined> {
  if (typeof manifest !== 'object' || manifest === null) return 'it is no plugin manifest: use definePlugin';
  const { id, type, apiVersion, version, requires, capabilities, config, init }: Unchecked = manifest;
  if (!isPluginId(id)) return `${String(id)} is not a plugin ID: use io.containerd.NAME.VERSION`;
  const otherApi = await flawOfRange(apiVersion);
  if (otherApi) return otherApi;
  if (typeof type !== 'string' || !Object.hasOwn(members, type)) {
    return `type ${String(type)} is unknown; there are: ${Object.keys(members).join(', ')}`;
  }
  if (typeof version !== 'string') return 'its manifest has no version';
  if (!isOptionalTexts(requires)) return 'requires is not a list of plugin IDs';
  if (!isOptionalTexts(capabilities)) return 'capabilities is not a list of words';
  if (config !== undefined && !isStandardSchema(config))
    return 'config is not a schema as of https://standardschema.dev';
  if (typeof init !== 'function') return 'its manifest has no init function';
  return undefined;
}

/** What an instance lacks of its type, in words; undefined if it can be used. */
export function flawOfInstance(type: PluginType, instance: unknown): string | undefined {
  if (typeof instance !== 'object' || instance === null) return `init gave no ${type}, but ${String(instance)}`;
  const missing = members[type].filter((name) => Reflect.get(instance, name) === undefined);
  return missing.length === 0 ? undefined : `init gave a ${type} without ${missing.join(', ')}`;
}

async function flawOfRange(range: unknown): Promise<string | undefined> {
  if (range === pluginApiVersion) return undefined;
  if (typeof range !== 'string') {
    return `apiVersion ${String(range)} is no range of versions: use one as npm writes them, such as ^${pluginApiVersion}`;
  }
  // Not loaded for plugins of our own: they come with the version that they are made for.
  const { default: semver } = await import('semver');
  if (semver.validRange(range) === null) {
    return `apiVersion "${range}" is no range of versions: use one as npm writes them, such as ^${pluginApiVersion}`;
  }
  if (semver.satisfies(pluginApiVersion, range)) return undefined;
  const other = semver.gtr(pluginApiVersion, range) ? 'a newer version of the plugin' : 'a newer Shiplog';
  return `it is made for ${range} of the plugin API, and this is ${pluginApiVersion}: install ${other}`;
}

type Unchecked = { readonly [K in keyof PluginManifest]?: unknown };

function isPluginId(id: unknown): boolean {
  if (typeof id !== 'string' || id.startsWith('/')) return false;
  try {
    parseRuntimeId(id);
    return true;
  } catch {
    return false;
  }
}

function isOptionalTexts(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}

function isStandardSchema(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard: unknown = Reflect.get(value, '~standard');
  return typeof standard === 'object' && standard !== null && typeof Reflect.get(standard, 'validate') === 'function';
}

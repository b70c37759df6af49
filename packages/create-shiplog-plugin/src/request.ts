/** What the user asked for, checked. */
import { parseArgs } from 'node:util';
import { type PluginType, pluginTypes } from './plugin-types.js';

export interface Request {
  /** Of the npm package, and of its folder but for a scope. */
  readonly name: string;
  readonly type: PluginType;
  /** `io.containerd.NAME.v1`. */
  readonly id: string;
}

/** What is wrong with what was typed, and what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage = `Usage: npm create shiplog-plugin NAME [-- --type TYPE] [--id ID]

Makes a plugin for Shiplog in the folder NAME: it builds, keeps the rules of
conformance, and has CI.

  NAME         of the npm package: my-runtime, or @me/my-runtime
  --type TYPE  ${pluginTypes.join(', ')} (runtime)
  --id ID      of the plugin (io.containerd.NAME.v1)
  -h, --help   this

Examples:
  npm create shiplog-plugin my-runtime
  npm create shiplog-plugin @me/archive -- --type event-sink`;

/** @returns undefined if help was asked for. @throws UsageError */
export function parseRequest(args: readonly string[]): Request | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [name, ...rest] = positionals;
  if (name === undefined) throw new UsageError('give the plugin a name: npm create shiplog-plugin my-runtime');
  if (rest.length > 0) throw new UsageError(`one name is enough, but there is also ${rest.join(' ')}`);
  assertName(name);
  const { type = 'runtime', id = idOf(name) } = values;
  if (!isPluginType(type)) throw new UsageError(`there is no type ${type}: use one of ${pluginTypes.join(', ')}`);
  if (!idPattern.test(id)) throw new UsageError(`${id} is not a plugin ID: use io.containerd.NAME.VERSION, as --id`);
  return { name, type, id };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { type: { type: 'string' }, id: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (cause) {
    const [words = ''] = (cause as Error).message.split('. ');
    throw new UsageError(`${words}: see --help`, { cause });
  }
}

const idPattern = /^io\.containerd(?:\.[a-z0-9][a-z0-9-]*)+\.v[0-9]+$/;

function assertName(name: string): void {
  if (name.length <= 214 && /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/.test(name)) return;
  throw new UsageError(`${name} is no name of an npm package: use small letters, digits and -, such as my-runtime`);
}

function isPluginType(type: string): type is PluginType {
  return pluginTypes.some((known) => known === type);
}

/** Without what every plugin's name says. */
function idOf(name: string): string {
  const own = name
    .replace(/^@[^/]*\//, '')
    .replace(/^shiplog-plugin-|-?shiplog-plugin$/, '')
    .replaceAll(/[._]+/g, '-')
    .replace(/-+$/, '');
  return `io.containerd.${own || 'plugin'}.v1`;
}

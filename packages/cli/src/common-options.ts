/** What every command takes, before or after its name. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { defaultRoot, defaultState } from './default-folders.js';
import { collect, notEmpty } from './flags.js';

export interface CommonOptions {
  /** What stays: the log, and the output of tasks. Absolute. */
  readonly root: string;
  /** What may vanish with a reboot: bundles, pid files. Absolute. */
  readonly state: string;
  readonly namespace: string;
  /** Whether the namespace was asked for, or is the default. */
  readonly namespaceGiven: boolean;
  readonly json: boolean;
  /** The configuration file, where one was named. Absolute. */
  readonly config: string | undefined;
  /** Packages and paths. */
  readonly plugins: readonly string[];
  /** Where the receipts of what the command puts into the log go. */
  readonly receipts?: string | undefined;
}

interface Given {
  readonly root?: string;
  readonly state?: string;
  readonly namespace?: string;
  readonly json?: boolean;
  readonly config?: string;
  readonly plugin?: readonly string[];
  readonly receipts?: string;
  /** Of commands that print a table. */
  readonly format?: 'table' | 'json';
}

export function addCommonOptions(command: Command): void {
  const options = [
    new Option(
      '--root <dir>',
      'where the log and the output of tasks stay (env: SHIPLOG_ROOT; root: /var/lib/shiplog)',
    ),
    new Option('--state <dir>', 'where running tasks have their files (env: SHIPLOG_STATE; root: /run/shiplog)'),
    new Option('-n, --namespace <name>', 'the namespace (env: SHIPLOG_NAMESPACE; default)'),
    new Option('--receipts <file>', 'append a receipt of each event that comes of it, as JSON (env: SHIPLOG_RECEIPTS)'),
  ];
  options.push(new Option('--config <file>', 'the configuration file (env: SHIPLOG_CONFIG; /etc/shiplog/config.json)'));
  for (const option of options) command.addOption(option.argParser(notEmpty).helpGroup('Common options:'));
  command.addOption(
    new Option('--plugin <plugin>', 'load a plugin: an npm package, or a path; several times for several')
      .argParser(collect(notEmpty))
      .helpGroup('Common options:'),
  );
  command.addOption(new Option('--json', 'print one JSON object a line').helpGroup('Common options:'));
}

/** What stands behind the command's name wins over what stands before it, and that over the environment. */
export function commonOptionsOf(command: Command, env: NodeJS.ProcessEnv): CommonOptions {
  return commonOptionsFrom(givenTo(command), env);
}

function givenTo(command: Command): Given {
  const before: Given = command.parent ? givenTo(command.parent) : {};
  const behind = command.opts<Given>();
  return { ...before, ...behind, plugin: [...(before.plugin ?? []), ...(behind.plugin ?? [])] };
}

export function commonOptionsFrom(given: Given, env: NodeJS.ProcessEnv): CommonOptions {
  // An empty variable is as good as none.
  const namespace = given.namespace ?? (env.SHIPLOG_NAMESPACE || undefined);
  const config = given.config ?? (env.SHIPLOG_CONFIG || undefined);
  return {
    // Some commands need none, and some users have none.
    get root() {
      return resolve(given.root ?? (env.SHIPLOG_ROOT || defaultRoot(env)));
    },
    state: resolve(given.state ?? (env.SHIPLOG_STATE || defaultState(env))),
    namespace: namespace ?? 'default',
    namespaceGiven: namespace !== undefined,
    json: given.json ?? given.format === 'json',
    config: config === undefined ? undefined : resolve(config),
    plugins: given.plugin ?? [],
    receipts: given.receipts ?? (env.SHIPLOG_RECEIPTS || undefined),
  };
}

/** What every command takes, before or after its name. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { defaultFolders } from './default-folders.js';
import { notEmpty } from './flags.js';

export interface CommonOptions {
  /** What stays: the log, and the output of tasks. Absolute. */
  readonly root: string;
  /** What may vanish with a reboot: bundles, pid files. Absolute. */
  readonly state: string;
  readonly namespace: string;
  /** Whether the namespace was asked for, or is the default. */
  readonly namespaceGiven: boolean;
  readonly json: boolean;
  /** Where the receipts of what the command puts into the log go. */
  readonly receipts?: string | undefined;
}

interface Given {
  readonly root?: string;
  readonly state?: string;
  readonly namespace?: string;
  readonly json?: boolean;
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
  for (const option of options) command.addOption(option.argParser(notEmpty).helpGroup('Common options:'));
  command.addOption(new Option('--json', 'print one JSON object a line').helpGroup('Common options:'));
}

/** What stands behind the command's name wins over what stands before it, and that over the environment. */
export function commonOptionsOf(command: Command, env: NodeJS.ProcessEnv): CommonOptions {
  return commonOptionsFrom(givenTo(command), env);
}

function givenTo(command: Command): Given {
  const before = command.parent ? givenTo(command.parent) : {};
  return { ...before, ...command.opts<Given>() };
}

export function commonOptionsFrom(given: Given, env: NodeJS.ProcessEnv): CommonOptions {
  // An empty variable is as good as none.
  const namespace = given.namespace ?? (env.SHIPLOG_NAMESPACE || undefined);
  const folders = defaultFolders(env);
  return {
    root: resolve(given.root ?? (env.SHIPLOG_ROOT || folders.root)),
    state: resolve(given.state ?? (env.SHIPLOG_STATE || folders.state)),
    namespace: namespace ?? 'default',
    namespaceGiven: namespace !== undefined,
    json: given.json ?? given.format === 'json',
    receipts: given.receipts ?? (env.SHIPLOG_RECEIPTS || undefined),
  };
}

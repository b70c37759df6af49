/** One command at work on one root. */
import { type CallContext, errorMessageOf, openShiplog, type Shiplog } from '@shiplog/core';
import type { CommonOptions } from './common-options.js';
import { configurationOf } from './config/configuration.js';
import type { Output } from './output/output.js';
import { receiptWriter } from './receipts.js';
import type { InputStream } from './terminal/input-stream.js';

export interface Session {
  readonly shiplog: Shiplog;
  readonly common: CommonOptions;
  /** For a command that is to run later: the configuration and the plugins of this one. */
  readonly pluginFlags: readonly string[];
  /** What each plugin may be configured with, by ID. */
  readonly pluginSchemas: Readonly<Record<string, unknown>>;
  /** Namespace and actor: goes with every call. */
  readonly context: CallContext;
  readonly output: Output;
  /** Made when it is asked for. */
  readonly stdin: () => InputStream;
}

export interface SessionRequest {
  readonly common: CommonOptions;
  /** The command in words that may be kept and shown: its name and its task, never an argument or a variable. */
  readonly command: string;
  /** The command line, free of secrets. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
  readonly stdin: () => InputStream;
  /** It is there to find out what is wrong with plugins: none of them stops it, and it tells of them itself. */
  readonly looksAtPlugins?: boolean | undefined;
}

/** Opens the root for as long as the work takes. */
export async function inSession<T>(request: SessionRequest, work: (session: Session) => Promise<T>): Promise<T> {
  const { common, command, argv, env, output, stdin, looksAtPlugins = false } = request;
  const { flags: pluginFlags, onFailure, ...configuration } = await configurationOf(common, env);
  const opening = openShiplog({
    root: common.root,
    state: common.state,
    ...configuration,
    ...(onFailure && !looksAtPlugins && { onFailure }),
    // A command looks after the tasks that it is about; the others have their monitors.
    hold: false,
    onError: (error) => output.talk(errorMessageOf(error)),
  });
  await using shiplog = await output.during(() => `opening ${common.root}`, opening);
  if (!looksAtPlugins) tellOfBroken(shiplog, output);
  const pluginSchemas = Object.fromEntries(
    configuration.plugins.flatMap(({ id, config }) => (config ? [[id, config]] : [])),
  );
  const { SHIPLOG_USER: user, SHIPLOG_TICKET: ticket } = env;
  const context: CallContext = {
    namespace: common.namespace,
    actor: { command, argv, ...(user && { user }), ...(ticket && { ticket }) },
    ...(common.receipts !== undefined && { onReceipt: receiptWriter(common.receipts) }),
  };
  return await work({ shiplog, common, pluginFlags, pluginSchemas, context, output, stdin });
}

/** Those that the user has added: it is no surprise that a host lacks crun. */
function tellOfBroken({ plugins }: Shiplog, output: Output): void {
  for (const { id, source, status, reason } of plugins) {
    if (source === '' || status !== 'error') continue;
    output.talk(`plugin ${id} is disabled: ${reason} (shiplog plugins -v)`);
  }
}

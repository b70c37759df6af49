/** One command at work on one root. */
import { type CallContext, errorMessageOf, openShiplog, type Shiplog } from '@shiplog/core';
import type { CommonOptions } from './common-options.js';
import type { Output } from './output/output.js';
import { plugins } from './plugins.js';
import { receiptWriter } from './receipts.js';
import type { InputStream } from './terminal/input-stream.js';

export interface Session {
  readonly shiplog: Shiplog;
  readonly common: CommonOptions;
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
}

/** Opens the root for as long as the work takes. */
export async function inSession<T>(request: SessionRequest, work: (session: Session) => Promise<T>): Promise<T> {
  const { common, command, argv, env, output, stdin } = request;
  const opening = openShiplog({
    root: common.root,
    state: common.state,
    plugins,
    // A command looks after the tasks that it is about; the others have their monitors.
    hold: false,
    onError: (error) => output.talk(errorMessageOf(error)),
  });
  await using shiplog = await output.during(() => `opening ${common.root}`, opening);
  const { SHIPLOG_USER: user, SHIPLOG_TICKET: ticket } = env;
  const context: CallContext = {
    namespace: common.namespace,
    actor: { command, argv, ...(user && { user }), ...(ticket && { ticket }) },
    ...(common.receipts !== undefined && { onReceipt: receiptWriter(common.receipts) }),
  };
  return await work({ shiplog, common, context, output, stdin });
}

import { resolve } from 'node:path';
import { attachedStdin, type CreateOpts, marshalAny, readCheckpoint, restoreOpts, typeUrls } from '@shiplog/core';
import { loadBundleSpec } from '@shiplog/oci';
import { accept } from '../accept.js';
import { addHelp, type Configure } from '../command.js';
import { notEmpty } from '../flags.js';
import { runDetached, runInForeground } from '../foreground/run-new-task.js';
import { SignalProxy } from '../foreground/signal-proxy.js';
import type { Session } from '../session.js';
import { addImagePath, imagePathOf } from '../spec/image-path-flag.js';
import { type AttachFlags, addAttachFlags, assertTerminal } from '../terminal/terminal-flags.js';

interface Options extends AttachFlags {
  readonly imagePath: string;
  readonly bundle?: string;
  readonly runtime?: string;
  readonly rm?: true;
  readonly detach?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Makes a task that goes on where another was checkpointed, prints what it writes, and ends with its exit code. Its root file system has to be as it was.',
    )
    .argument('<task>', 'the ID of the new task: that of the old one, once it is deleted, or any other');
  addImagePath(command, 'the folder that checkpoint made');
  command
    .option(
      '--bundle <dir>',
      "an OCI bundle, for images that are not Shiplog's, or in place of what they say",
      notEmpty,
    )
    .option('--runtime <id>', 'the runtime, where it is not the one of the checkpoint', notEmpty)
    .option('--rm', 'delete the task when it has ended')
    .option('-d, --detach', 'print the ID and return once it is restored')
    .action((id: string, options: Options) =>
      cli.inSession(command, (session) => (options.detach ? detached : inForeground)(id, options, session), id),
    );
  addAttachFlags(command);
  addHelp(command, {
    examples: [
      ['shiplog restore web', 'from ./checkpoint, as its first owner'],
      ['shiplog restore -d --image-path /srv/web-1 web-2', 'another beside it, in the background'],
      ['shiplog restore --bundle ./bundle --image-path ./images job', 'from images that runc checkpoint made'],
    ],
    exitCodes: ["the container's own, 128 + n if signal n ended it, 255 where nobody knows it"],
  });
};

async function detached(id: string, options: Options, session: Session): Promise<void> {
  const opts = await accept('CreateTask', id, session, () => createOpts(options));
  return runDetached({ id, opts, rm: options.rm }, session);
}

async function inForeground(id: string, options: Options, session: Session): Promise<number> {
  await using proxy = new SignalProxy(process, options.sigProxy);
  const { opts, flags } = await accept('CreateTask', id, session, async () => {
    const opts = await createOpts(options);
    const { stdin = '', stdout = '', stderr = '', terminal: tty = false } = opts.io ?? {};
    const interactive = stdin === attachedStdin.once || stdin === attachedStdin.keep;
    assertTerminal({ interactive, tty }, session.stdin);
    return { opts, flags: { ...options, interactive, tty, unheard: stdout !== '' || stderr !== '' } };
  });
  return await runInForeground({ id, opts, rm: options.rm }, flags, proxy, session);
}

/** What the images say of their task, where the flags do not. */
async function createOpts({ bundle, runtime, ...options }: Options): Promise<CreateOpts> {
  const path = imagePathOf(options);
  const ofFlags = runtime !== undefined && { runtime };
  if (bundle === undefined) return { ...restoreOpts(path, await readCheckpoint(path)), ...ofFlags };
  const spec = loadBundleSpec(resolve(bundle));
  const io = { terminal: spec.process?.terminal === true };
  return { spec: marshalAny(typeUrls.spec, spec), io, checkpoint: path, ...ofFlags };
}

import { resolve } from 'node:path';
import { marshalAny } from '@shiplog/core';
import { type OciCheckpointOptions, ociCheckpointOptionsType } from '@shiplog/oci';
import { Option } from 'commander';
import { addHelp, type Configure } from '../command.js';
import { collect, notEmpty } from '../flags.js';
import { addImagePath, imagePathOf } from '../spec/image-path-flag.js';
import { taskArgument } from './task-command.js';

interface Options {
  readonly imagePath: string;
  readonly workPath?: string;
  readonly leaveRunning?: true;
  readonly tcpEstablished?: true;
  readonly extUnixSk?: true;
  readonly shellJob?: true;
  readonly fileLocks?: true;
  readonly emptyNs?: readonly 'network'[];
  readonly manageCgroupsMode?: NonNullable<OciCheckpointOptions['cgroupsMode']>;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Writes the processes of a task, with all that is in their memory, to a folder, and ends the task. restore lets another go on from there. What is in its root file system is not written.',
    )
    .argument(...taskArgument);
  addImagePath(command, 'the folder to make');
  command
    .option('-R, --leave-running', 'let the task go on')
    .option('--tcp-established', 'write open TCP connections, too')
    .option('--ext-unix-sk', 'write unix sockets whose other end is outside the task, too')
    .option('--shell-job', 'write processes that belong to a terminal outside the task, too')
    .option('--file-locks', 'write locks on files, too')
    .addOption(
      new Option('--empty-ns <namespace>', 'restore a namespace empty; runc alone can')
        .argParser(collect((text: string) => text))
        .choices(['network']),
    )
    .addOption(
      new Option('--manage-cgroups-mode <mode>', 'how CRIU treats cgroups').choices([
        'soft',
        'full',
        'strict',
        'ignore',
      ]),
    )
    .option('-W, --work-path <dir>', "where CRIU's logs go", notEmpty)
    .action((id: string, options: Options) =>
      cli.inSession(
        command,
        async (session) => {
          const { shiplog, context, common, output } = session;
          const task = await shiplog.runtime.task(id, context);
          const path = imagePathOf(options);
          await task.checkpoint(path, marshalAny(ociCheckpointOptionsType, checkpointOptions(options)), context);
          await (common.json ? output.json({ id, namespace: common.namespace, checkpoint: path }) : output.line(path));
        },
        id,
      ),
    );
  addHelp(command, {
    examples: [
      ['shiplog checkpoint web && shiplog delete web && shiplog restore web', 'away, and back again'],
      ['shiplog checkpoint --leave-running --image-path /srv/web-1 web', 'it goes on'],
      ['shiplog checkpoint --tcp-established --file-locks db', 'with open connections and locks'],
    ],
  });
};

function checkpointOptions(options: Options): OciCheckpointOptions {
  const { leaveRunning, tcpEstablished, extUnixSk, shellJob, fileLocks, emptyNs, manageCgroupsMode, workPath } =
    options;
  return {
    exit: leaveRunning !== true,
    ...(tcpEstablished && { openTcp: true }),
    ...(extUnixSk && { externalUnixSockets: true }),
    ...(shellJob && { terminal: true }),
    ...(fileLocks && { fileLocks: true }),
    ...(emptyNs && { emptyNamespaces: [...emptyNs] }),
    ...(manageCgroupsMode && { cgroupsMode: manageCgroupsMode }),
    ...(workPath !== undefined && { workPath: resolve(workPath) }),
  };
}

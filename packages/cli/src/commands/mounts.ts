import { posix } from 'node:path';
import { isRemount, type MountStatus, type MountsAsOf, type TaskManager } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import type { TableFlags } from '../output/output.js';
import type { Tone } from '../output/style.js';
import type { Column } from '../output/table.js';
import { type AtOption, addAtOption, asOfPoint } from '../point.js';
import { addTableOptions } from '../table-options.js';

interface MountView {
  readonly namespace: string;
  readonly task: string;
  readonly status: MountStatus;
  /** On the host. */
  readonly target: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

const tones = {
  active: 'good',
  activating: 'busy',
  deactivating: 'busy',
  leaked: 'bad',
  missing: 'bad',
} as const satisfies Record<MountStatus, Tone>;

const columns: readonly Column<MountView>[] = [
  { title: 'TASK', value: ({ task }) => task, yields: 'late' },
  { title: 'STATUS', value: ({ status }) => status, tone: ({ status }) => tones[status] },
  { title: 'TARGET', value: ({ target }) => target },
  { title: 'TYPE', value: ({ type }) => type },
  { title: 'SOURCE', value: ({ source }) => source },
  { title: 'OPTIONS', value: ({ options }) => options.join(','), yields: 'first' },
];

export const configure: Configure = (command, cli) => {
  command
    .description(
      "Lists the mounts that were made on the host for the namespace's tasks and are not undone yet, as the log knows " +
        'them, beside what the host has: active; activating or deactivating while somebody is at work; leaked if ' +
        'nobody needs them any more, missing if the host has them no more.',
    )
    .action(({ at, ...options }: TableFlags & AtOption) =>
      cli.inSession(command, async (session) => {
        const { shiplog, context, common, output } = session;
        const views =
          at === undefined
            ? shiplog.runtime.mounts({}, context).flatMap(mountViews)
            : (await asOfPoint(session, at)).mounts({ namespace: common.namespace }).flatMap(viewsThen);
        if (!common.json) return output.table(columns, views, options);
        for (const view of views) await output.json(view);
      }),
    );
  addAtOption(command);
  addTableOptions(command);
  addHelp(command, {
    examples: [
      ['shiplog mounts --json', 'one object a mount'],
      ['shiplog mounts --at 1h', 'what the log knew of an hour ago'],
    ],
  });
};

type TaskMounts = ReturnType<TaskManager['mounts']>[number];

function mountViews({ namespace, task, onHost }: TaskMounts): readonly MountView[] {
  return onHost.map(({ mount: { type, source, options }, mountPoint, status }) => ({
    namespace,
    task,
    status,
    target: mountPoint,
    type,
    source,
    options,
  }));
}

/** What the host had then nobody knows any more: whether one is `missing`, or where a symbolic link led to. */
function viewsThen({ namespace, task, set, needed }: MountsAsOf): readonly MountView[] {
  const status = set.status === 'active' && !needed ? 'leaked' : set.status;
  return set.mounts
    .filter((mount) => !isRemount(mount))
    .map(({ type, source, target, options }) => ({
      ...{ namespace, task, status, type, source, options },
      target: posix.join(set.target, posix.resolve('/', target)),
    }));
}

import { type AsOf, parseNamespace, parseTaskId, type StreamState } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import { type AtOption, addAtOption, asOfPoint } from '../point.js';
import type { Session } from '../session.js';
import { type ExecView, execView, execViewIn, pastExecView } from '../views/exec-view.js';
import { type TaskView, taskView } from '../views/task-view.js';
import { eachTask } from './each-task.js';
import { tasksArgument } from './task-command.js';
import { unlessGone } from './unless-gone.js';

interface Options extends AtOption {
  readonly exec?: string;
}

export const configure: Configure = (command, cli) => {
  command
    .description('Shows the state of tasks. Of one that was deleted, the log has it.')
    .argument(...tasksArgument)
    .option('--exec <id>', 'an exec of the task, not its first process')
    .action((ids: readonly string[], { exec, at }: Options) =>
      cli.inSession(command, async (session) => {
        const { common, output } = session;
        const then = at === undefined ? undefined : await asOfPoint(session, at);
        let shown = 0;
        const { exitCode } = await eachTask(ids, session, {
          name: command.name(),
          run: (id, inner): Promise<TaskView | ExecView> =>
            exec === undefined ? stateOf(id, inner, then) : execStateOf(id, exec, inner, then),
          show: async (view: TaskView | ExecView) => {
            if (common.json) return output.json(view);
            if (shown > 0) await output.line('');
            shown += 1;
            await output.keyValues({ ...view });
          },
        });
        return exitCode;
      }),
    );
  addAtOption(command);
  addHelp(command, {
    examples: [
      ['shiplog state web', 'a line for each of its properties'],
      ['shiplog state --json web | jq .pid', 'one of them'],
      ['shiplog state --exec exec-1f2e3d4c web', 'of an exec'],
      ['shiplog state --at 120 web', 'as it was after the event of position 120'],
    ],
  });
};

async function stateOf(id: string, { shiplog, context, common }: Session, then: AsOf | undefined): Promise<TaskView> {
  const known = then ? stateThen(id, common.namespace, then) : shiplog.runtime.state(id, context);
  if (known.state.status !== 'absent') return taskView(known);
  // One that was there before a create failed.
  const [last] = shiplog.runtime.history(id, context, then?.position).slice(-1);
  return taskView({ ...known, ...last, namespace: common.namespace });
}

function execStateOf(
  task: string,
  id: string,
  { shiplog, context, common }: Session,
  then: AsOf | undefined,
): Promise<ExecView> {
  const { runtime } = shiplog;
  const of = { id, task, namespace: common.namespace };
  const present = async () => {
    if (then) return execViewIn(stateThen(task, common.namespace, then).state, of);
    const exec = await (await runtime.get(task, context)).process(id, context);
    return execView(of, await exec.state(context));
  };
  return unlessGone(present, () => pastExecView(of, runtime.history(task, context, then?.position)));
}

function stateThen(id: string, namespace: string, then: AsOf): StreamState {
  return then.state({ namespace: parseNamespace(namespace), task: parseTaskId(id) });
}

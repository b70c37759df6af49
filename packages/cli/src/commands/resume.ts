import { addHelp, type Configure } from '../command.js';
import { onTask } from './task-command.js';

export const configure: Configure = (command, cli) => {
  command.description('Lets a paused task go on.');
  onTask(command, cli, (task, { context }) => task.resume(context));
  addHelp(command, { examples: [['shiplog resume web', 'undo a pause']] });
};

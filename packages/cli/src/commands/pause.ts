import { addHelp, type Configure } from '../command.js';
import { onTask } from './task-command.js';

export const configure: Configure = (command, cli) => {
  command.description('Freezes all processes of a running task. They keep their memory and get no time.');
  onTask(command, cli, (task, { context }) => task.pause(context));
  addHelp(command, { examples: [['shiplog pause web', 'freeze it; resume lets it go on']] });
};

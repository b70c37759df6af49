import { addHelp, type Configure } from '../command.js';
import { onTasksOrAll } from './task-command.js';

export const configure: Configure = (command, cli) => {
  command.description('Freezes all processes of running tasks. They keep their memory and get no time.');
  onTasksOrAll(command, cli, ['running'], (task, { context }) => task.pause(context));
  addHelp(command, { examples: [['shiplog pause web', 'freeze it; resume lets it go on']] });
};

import { addHelp, type Configure } from '../command.js';
import { onTasksOrAll } from './task-command.js';

export const configure: Configure = (command, cli) => {
  command.description('Starts created tasks and returns at once. Their output goes to their logs: see shiplog logs.');
  onTasksOrAll(command, cli, ['created'], (task, { context }) => task.start(context));
  addHelp(command, {
    examples: [
      ['shiplog create --rootfs ./rootfs web httpd -f && shiplog start web', 'create and start apart'],
      ['shiplog start web db', 'two of them'],
    ],
    exitCodes: ['126 the program may not run (of a single task)', '127 there is no such program (of a single task)'],
  });
};

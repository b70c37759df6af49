import { addHelp, type Configure } from '../command.js';
import { onTask } from './task-command.js';

export const configure: Configure = (command, cli) => {
  command.description('Starts a created task and returns at once. Its output goes to its log: see shiplog logs.');
  onTask(command, cli, (task, { context }) => task.start(context));
  addHelp(command, {
    examples: [['shiplog create --rootfs ./rootfs web httpd -f && shiplog start web', 'create and start apart']],
    exitCodes: ['126 the program may not run', '127 there is no such program'],
  });
};

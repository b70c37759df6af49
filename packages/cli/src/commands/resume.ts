import { addHelp, type Configure } from '../command.js';
import { onTasksOrAll } from './task-command.js';

export const configure: Configure = (command, cli) => {
  command.description('Lets paused tasks go on.');
  onTasksOrAll(command, cli, ['paused'], (task, { context }) => task.resume(context));
  addHelp(command, {
    examples: [
      ['shiplog resume web', 'undo a pause'],
      ['shiplog resume --all', 'whatever is paused'],
    ],
  });
};

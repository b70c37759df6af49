import { marshalAny, typeUrls } from '@shiplog/core';
import { updateResources } from '@shiplog/oci';
import { accept } from '../accept.js';
import { addHelp, type Configure } from '../command.js';
import { addLimitFlags, type LimitFlags } from '../spec/limit-flags.js';
import { onTasks } from './task-command.js';

export const configure: Configure = (command, cli) => {
  command.description('Changes what a task may use. What is not given stays as it is.');
  onTasks<LimitFlags>(command, cli, async (task, session, { memory, cpus, pidsLimit }) => {
    const resources = await accept('UpdateTask', task.id, session, () => updateResources({ memory, cpus, pidsLimit }));
    await task.update(marshalAny(typeUrls.linuxResources, resources), session.context);
  });
  addLimitFlags(command);
  addHelp(command, { examples: [['shiplog update --memory 128m --cpus 0.5 web', 'while it runs']] });
};

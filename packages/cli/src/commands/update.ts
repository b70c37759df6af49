import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { InvalidArgumentError, marshalAny, typeUrls } from '@shiplog/core';
import { type LinuxResources, parseResourcesText, updateResources } from '@shiplog/oci';
import { accept } from '../accept.js';
import { addHelp, type Configure } from '../command.js';
import { notEmpty } from '../flags.js';
import { addLimitFlags, type LimitFlags, limitsOf } from '../spec/limit-flags.js';
import { onTasks } from './task-command.js';

interface Options extends LimitFlags {
  readonly resources?: string;
}

export const configure: Configure = (command, cli) => {
  command.description('Changes what a task may use. What is not given stays as it is.');
  // One stdin for all of the tasks.
  let given: Promise<LinuxResources> | undefined;
  onTasks<Options>(command, cli, async (task, session, options) => {
    const resources = await accept('UpdateTask', task.id, session, async () => {
      if (options.resources !== undefined) given ??= readResources(options.resources);
      return updateResources(limitsOf(options), await given);
    });
    await task.update(marshalAny(typeUrls.linuxResources, resources), session.context);
  });
  command.option('-r, --resources <file>', 'the same as JSON, OCI LinuxResources; - for stdin; flags win', notEmpty);
  addLimitFlags(command);
  addHelp(command, {
    examples: [
      ['shiplog update --memory 128m --cpus 0.5 web', 'while it runs'],
      [`echo '{"pids":{"limit":50}}' | shiplog update --resources - web`, 'as runc update has it'],
    ],
  });
};

/** @throws InvalidArgumentError if it is not there, or holds something else */
async function readResources(path: string): Promise<LinuxResources> {
  const content = path === '-' ? text(process.stdin) : readFile(path, 'utf8');
  return parseResourcesText(
    await content.catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new InvalidArgumentError(`the resources cannot be read: ${why}`, { cause });
    }),
  );
}

/** What is given as an ID may be of any length; a valid one has at most 76 characters. */
const keptOfTask = 77;

/** What is kept of a command line: the command's name, and the task that it is about. */
export function commandWords(command: string, task?: string): string {
  return ['shiplog', command, ...(task === undefined ? [] : [task.slice(0, keptOfTask)])].join(' ');
}

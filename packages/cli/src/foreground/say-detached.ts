import type { Session } from '../session.js';

/** For the human who has left a process alone. */
export function sayDetached(task: string, { common, output }: Session, execId?: string): void {
  const namespace = common.namespaceGiven ? `-n ${common.namespace} ` : '';
  const exec = execId === undefined ? '' : `--exec ${execId} `;
  // The cursor stands wherever the process has left it.
  if (output.size) output.talkBlock('\n');
  output.talk(`${execId ?? task} goes on; \`shiplog ${namespace}attach ${exec}${task}\` attaches to it again`);
}

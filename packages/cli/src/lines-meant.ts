import type { CommonOptions } from './common-options.js';

/** What to say to whom `-n 3` has told nothing: it is the namespace to ctr, and the last lines to docker and tail(1). */
export function linesMeant({ namespace, namespaceGiven }: CommonOptions): string {
  const isNumber = namespaceGiven && /^\d+$/.test(namespace);
  return isNumber ? `; -n is the namespace, and the last ones are --tail ${namespace}` : '';
}

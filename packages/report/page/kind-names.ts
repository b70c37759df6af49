import type { Kind } from '../src/kinds.js';

/** Kinds as the page calls them, in the order of the buttons; what is not here has no button. */
export const kindNames = {
  exec: 'Execs',
  kill: 'Signals',
  oom: 'OOM kills',
  failure: 'Failures',
  recovery: 'Recoveries',
  checkpoint: 'Checkpoints',
  update: 'Updates',
  mount: 'Mounts',
  shred: 'Shreddings',
} as const satisfies Partial<Record<Kind, string>>;

export const namedKinds = Object.keys(kindNames) as readonly (keyof typeof kindNames)[];

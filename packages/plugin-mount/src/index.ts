export type { MountCall, MountKind } from './mount-kind.js';
export { mountKinds, mountPlugin } from './plugin.js';

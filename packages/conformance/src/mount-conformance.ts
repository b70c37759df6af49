import { describeSuite } from './describe-suite.js';
import { type MountSubject, mountSubject, mountSuite } from './mount-suite.js';

export interface MountConformance extends MountSubject {
  readonly name: string;
  /** Why this host cannot mount; the rules are then counted as skipped. */
  readonly skip?: string | undefined;
}

/** The rules of `MountHandler`, as one call in a handler's tests. */
export function mountConformance({ name, skip, ...subject }: MountConformance): void {
  describeSuite(mountSuite, { name, skip, ...mountSubject(subject) });
}

import { describeSuite } from './describe-suite.js';
import { type TaskMonitorSubject, taskMonitorSubject, taskMonitorSuite } from './task-monitor-suite.js';

export interface TaskMonitorConformance extends TaskMonitorSubject {
  readonly name: string;
}

/** The rules of `TaskMonitor`, as one call in a monitor's tests. */
export function taskMonitorConformance({ name, ...subject }: TaskMonitorConformance): void {
  describeSuite(taskMonitorSuite, { name, ...taskMonitorSubject(subject) });
}

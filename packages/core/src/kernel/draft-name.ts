/** Names of what is made aside and gets its own name when it is whole: they tell whose it is, so that what was left can be told. */
import { randomUUID } from 'node:crypto';
import { readStartTime } from './process-identity.js';

export function draftName(prefix: string): string {
  return `${prefix}${process.pid}.${readStartTime(process.pid) ?? 0}.${randomUUID()}`;
}

/** Whether it is a draft with this prefix whose maker is gone. */
export function isLeftDraft(name: string, prefix: string): boolean {
  if (!name.startsWith(prefix)) return false;
  const [, pid, startTime] = /^(\d+)\.(\d+)\.[0-9a-f-]+$/.exec(name.slice(prefix.length)) ?? [];
  return pid !== undefined && readStartTime(Number(pid)) !== Number(startTime);
}

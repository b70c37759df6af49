import type { LogRecord, Timestamp } from '@shiplog/core';

export interface RecordInput {
  readonly type: string;
  readonly event?: Record<string, unknown>;
  readonly namespace?: string;
  readonly task?: string;
  readonly user?: string;
  readonly uid?: number;
  /** Seconds after the first minute of 2026. */
  readonly at?: number;
  readonly time?: string;
}

/** Records as a log would have them: positions from 1, versions in each stream. */
export function recordsOf(...inputs: readonly RecordInput[]): readonly LogRecord[] {
  const versions = new Map<string, number>();
  return inputs.map(
    ({ type, event = {}, namespace = 'default', task = 'web', user = '', uid = 0, at, time }, index) => {
      const key = `${namespace}/${task}`;
      const version = (versions.get(key) ?? 0) + 1;
      versions.set(key, version);
      const second = String(at ?? index).padStart(2, '0');
      return {
        position: index + 1,
        namespace,
        task,
        version,
        type,
        schema: 1,
        time: (time ?? `2026-01-01T00:00:${second}.000000000Z`) as Timestamp,
        actor: { uid, gid: 0, pid: 7, loginUid: null, command: 'shiplog run', user, requestId: 'r1' },
        runtime: 'io.containerd.runc.v2',
        runtimeVersion: '0.1.0',
        correlationId: 'r1',
        causation: 0,
        event: { containerId: task, ...event },
      };
    },
  );
}

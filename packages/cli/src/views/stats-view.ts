/** What a task uses, from two looks at its metrics. */

import type { TypedAny } from '@shiplog/core';
import { type MetricsSummary, summaryOf, unmarshalMetrics } from '@shiplog/oci';
import type { Column } from '../output/table.js';
import { memoryAmount, trafficAmount } from './amount.js';

/** One look. */
export interface Sample {
  readonly summary: MetricsSummary;
  /** As `Task.stats` gave them. */
  readonly stats: TypedAny;
  /** Milliseconds of a clock that only goes forward. */
  readonly at: number;
}

export function sampleOf(stats: TypedAny, at: number): Sample {
  return { summary: summaryOf(unmarshalMetrics(stats)), stats, at };
}

/** What `stats --json` prints, besides the metrics themselves. */
export interface StatsView {
  readonly id: string;
  readonly namespace: string;
  readonly status: string;
  /** 100 is one CPU; absent until there are two looks. */
  readonly cpuPercent?: number;
  /** Bytes. */
  readonly memoryUsage?: number;
  /** Bytes: the task's, or all that the host has. */
  readonly memoryLimit?: number;
  readonly memoryPercent?: number;
  readonly networkIn?: number;
  readonly networkOut?: number;
  readonly blockRead?: number;
  readonly blockWrite?: number;
  readonly pids?: number;
  readonly oomKills?: number;
}

/** Whose it is, and its status. */
export type Subject = Pick<StatsView, 'id' | 'namespace' | 'status'>;

/** @param hostMemory bytes: what a task without a limit can use at most */
export function statsView(
  subject: Subject,
  now: Sample | undefined,
  before: Sample | undefined,
  hostMemory: number,
): StatsView {
  if (!now) return subject;
  const { cpu, memory, memoryLimit, ...rest } = now.summary;
  const limit = Math.min(memoryLimit ?? hostMemory, hostMemory);
  return {
    ...subject,
    ...(before && { cpuPercent: cpuPercent(cpu - before.summary.cpu, now.at - before.at) }),
    memoryUsage: memory,
    memoryLimit: limit,
    memoryPercent: rounded((memory / limit) * 100),
    ...rest,
  };
}

const nanosPerMilli = 1_000_000;

/** A task that was created anew under its name begins to count again. */
function cpuPercent(nanos: number, millis: number): number {
  return millis <= 0 ? 0 : rounded((Math.max(0, nanos) / (millis * nanosPerMilli)) * 100);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

const nothing = '--';

function percent(value: number | undefined): string {
  return value === undefined ? nothing : `${value.toFixed(2)}%`;
}

function pair(one: number | undefined, other: number | undefined, show: (bytes: number) => string): string {
  return one === undefined || other === undefined ? nothing : `${show(one)} / ${show(other)}`;
}

/** As `docker stats` and `podman stats` have them. */
export const statsColumns: readonly Column<StatsView>[] = [
  { title: 'TASK', value: ({ id }) => id },
  { title: 'CPU %', value: ({ cpuPercent }) => percent(cpuPercent), align: 'right', width: 7 },
  {
    title: 'MEM USAGE / LIMIT',
    value: ({ memoryUsage, memoryLimit }) => pair(memoryUsage, memoryLimit, memoryAmount),
    align: 'right',
  },
  { title: 'MEM %', value: ({ memoryPercent }) => percent(memoryPercent), align: 'right', width: 6 },
  {
    title: 'NET I/O',
    value: ({ networkIn, networkOut }) => pair(networkIn, networkOut, trafficAmount),
    align: 'right',
  },
  {
    title: 'BLOCK I/O',
    value: ({ blockRead, blockWrite }) => pair(blockRead, blockWrite, trafficAmount),
    align: 'right',
  },
  { title: 'PIDS', value: ({ pids }) => pids ?? nothing, align: 'right' },
];

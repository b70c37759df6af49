import {
  type BlobRef,
  errorMessageOf,
  type FactChange,
  type FactValue,
  type MountChange,
  type Point,
  type StateChanges,
  stateChanges,
  type TaskChange,
  type TaskManager,
  type TaskState,
} from '@shiplog/core';
import { Argument } from 'commander';
import { addHelp, type Configure } from '../command.js';
import type { TableFlags } from '../output/output.js';
import type { Tone } from '../output/style.js';
import type { Column } from '../output/table.js';
import { asOfPoint, parsePoint } from '../point.js';
import { addTableOptions } from '../table-options.js';
import { namespaceColumn } from '../views/task-view.js';

interface Options extends TableFlags {
  readonly all?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Tells what changed between two points of the log: which tasks came, went, were replaced by others of the same ' +
        'name or changed, and which mounts were made, changed and are gone. What came and went in between is no ' +
        'difference: `shiplog events` has it.',
    )
    .addArgument(new Argument('<from>', 'a position, or a time, or how long ago').argParser(parsePoint))
    .addArgument(new Argument('[to]', 'the same; the end of the log').argParser(parsePoint))
    .option('-a, --all', 'of all namespaces')
    .action((from: Point, to: Point | undefined, { all, ...table }: Options) =>
      cli.inSession(command, async (session) => {
        const { shiplog, common, output } = session;
        const before = await asOfPoint(session, from);
        const after = await asOfPoint(session, to ?? shiplog.log.head());
        const views = viewsOf(stateChanges(before, after, all ? {} : { namespace: common.namespace }), shiplog.runtime);
        if (common.json) return output.lines(views.map((view) => JSON.stringify(view)));
        await output.table(all ? [namespaceColumn, ...columns] : columns, views, table);
      }),
    );
  addTableOptions(command);
  addHelp(command, {
    examples: [
      ['shiplog audit diff 120 180', 'between two positions'],
      ['shiplog audit diff 2026-01-31T12:00:00Z 2026-01-31T13:00:00Z', 'between noon and one'],
      ['shiplog audit diff --json 1h | jq "select(.change == \\"went\\")"', 'what went in the last hour'],
    ],
  });
};

type Change = TaskChange['kind'] | `mount-${MountChange['kind']}`;

/** What `audit diff --json` prints. */
interface ChangeView {
  readonly change: Change;
  readonly namespace: string;
  readonly task: string;
  /** Of a task: by fact, what it was and what it is; null for what was not there. */
  readonly facts?: Readonly<Record<string, { readonly before: unknown; readonly after: unknown }>>;
  /** Of mounts: where on the host, and the types in order. */
  readonly target?: string;
  readonly mounts?: readonly string[];
}

const tones = {
  came: 'good',
  went: 'bad',
  replaced: 'busy',
  changed: 'busy',
  'mount-made': 'good',
  'mount-gone': 'bad',
  'mount-changed': 'busy',
} as const satisfies Record<Change, Tone>;

const columns: readonly Column<ChangeView>[] = [
  { title: 'TASK', value: ({ task }) => task, yields: 'last' },
  { title: 'CHANGE', value: ({ change }) => change.replace('-', ' '), tone: ({ change }) => tones[change] },
  { title: 'WHAT', value: textOf, yields: 'first' },
];

function viewsOf({ tasks, mounts }: StateChanges, runtime: TaskManager): readonly ChangeView[] {
  return [
    ...tasks.map(({ namespace, task, kind, facts, before, after }) => ({
      change: kind,
      namespace,
      task,
      facts: Object.fromEntries(
        facts.map((change) => [change.fact, valuesOf(change, before.state, after.state, runtime)]),
      ),
    })),
    ...mounts.map(({ namespace, task, kind, target, before, after }) => ({
      change: `mount-${kind}` as const,
      namespace,
      task,
      target,
      mounts: (after ?? before)?.mounts.map(({ type }) => type) ?? [],
    })),
  ];
}

/** The limits are in the log's store: whoever asks what changed wants them, and not their hash. */
function valuesOf({ fact, before, after }: FactChange, from: TaskState, to: TaskState, runtime: TaskManager) {
  return fact === 'limits' ? { before: limitsOf(from, runtime), after: limitsOf(to, runtime) } : { before, after };
}

function limitsOf(state: TaskState, runtime: TaskManager): unknown {
  const resources: BlobRef | null = 'resources' in state ? state.resources : null;
  if (!resources) return null;
  try {
    return runtime.shownPayload(resources) ?? `sha256 ${resources.sha256}`;
  } catch (error) {
    // It was shredded, or damaged: that is told, and the rest of what changed with it.
    return errorMessageOf(error);
  }
}

/** For people: of what came and went that which says most. */
const told: Readonly<Record<'came' | 'went', readonly string[]>> = {
  came: ['status', 'pid', 'exitStatus', 'runtime'],
  went: ['status', 'exitStatus', 'certainty', 'exitedAt'],
};

function textOf({ change, facts = {}, target = '', mounts = [] }: ChangeView): string {
  if (change === 'came' || change === 'went') {
    return told[change].flatMap((fact) => (facts[fact] ? [`${fact} ${shown(facts[fact].after)}`] : [])).join(', ');
  }
  if (change === 'replaced' || change === 'changed') {
    return Object.entries(facts)
      .map(([fact, { before, after }]) => `${fact} ${shown(before)} -> ${shown(after)}`)
      .join(', ');
  }
  return `${target} (${mounts.join(', ')})`;
}

function shown(value: unknown): string {
  if (value === null) return 'none';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as FactValue);
}

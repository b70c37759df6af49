/**
 * Ties a state folder to the log whose tasks live in it, and to the pid namespace of their processes. With another log's,
 * running tasks would seem to be gone, and tasks of one name would meet; from another namespace, every process would seem
 * to have ended.
 *
 *  B1  A folder in which tasks live is never tied anew, unless their namespace is over, as after a reboot.
 *  B2  Nobody holds a lock. Whoever makes a task's folder looks behind that whether the state folder is still his; whoever
 *      ties it anew looks behind that whether somebody has made one. So of two at once, one notices.
 */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { draftName, isLeftDraft } from '../kernel/draft-name.js';
import { FailedPreconditionError, UnavailableError } from '../kernel/errors.js';
import { isSameNamespace, mayHaveProcesses, ownPidNamespace, type PidNamespace } from '../kernel/pid-namespace.js';
import { makeFolders, storageCodeOf, storageProblem } from '../kernel/storage.js';

const originFile = 'origin';
const draftPrefix = `.${originFile}.`;

/** Whose a state folder is. */
export interface Binding {
  /** Of the log. */
  readonly origin: string;
  readonly root: string;
  /** Absent in one that an older version wrote. */
  readonly pidNamespace?: PidNamespace;
}

export interface Claimant extends Required<Binding> {
  /** Whether a task whose folder is there belongs to this log, and to a process that is seen from here. */
  isOurs(namespace: string, task: string): boolean;
}

/** Whether the processes of whoever a state folder is tied to can be seen from `namespace`, as far as they are there. */
function isInSight({ pidNamespace: bound }: Binding, namespace: PidNamespace): boolean {
  return !bound || isSameNamespace(bound, namespace) || !mayHaveProcesses(bound, namespace);
}

/** Whether tasks live in it whose processes cannot be seen from `namespace`. */
export function hasTasksOutOfSight(state: string, bound: Binding, namespace: PidNamespace): boolean {
  return !isInSight(bound, namespace) && tasksIn(state).size > 0;
}

/** Undefined where it is nobody's yet, as after a reboot. */
export function readBinding(state: string): Binding | undefined {
  const text = readText(state);
  return text === undefined ? undefined : bindingIn(text);
}

export class StateFolder {
  readonly #state: string;
  readonly #claimant: Claimant;
  /** What was found to be our binding. */
  #known: string | undefined;

  /** Nothing is changed before it is claimed. */
  constructor(state: string, claimant: Omit<Claimant, 'pidNamespace'>, pidNamespace = ownPidNamespace()) {
    this.#state = state;
    this.#claimant = { ...claimant, pidNamespace };
  }

  /**
   * Makes it ours, if it is not. To be called before anything is made in it.
   *
   * @throws FailedPreconditionError if tasks of another log live in it, or tasks whose processes cannot be seen from here
   * @throws UnavailableError if it cannot be written
   */
  claim(): void {
    const text = readText(this.#state);
    if (text !== undefined && this.#isOurs(text)) return;
    const before = tasksIn(this.#state);
    const bound = text === undefined ? undefined : bindingIn(text);
    if (bound && before.size > 0 && !this.#maySucceed(bound)) throw this.#refusal(bound);
    this.#write(this.#text());
    const { isOurs } = this.#claimant;
    const foreign = [...tasksIn(this.#state)].filter(
      ([path, [namespace, task]]) => !before.has(path) && !isOurs(namespace, task),
    );
    if (foreign.length === 0) return;
    // B2
    if (text !== undefined) this.#write(text);
    else rmSync(join(this.#state, originFile), { force: true });
    throw this.#refusal(bound);
  }

  /**
   * To be called behind the making of a task's folder, and before anything is done by the name of a task.
   *
   * @throws FailedPreconditionError if it has come to belong to another log, or to another pid namespace
   */
  assertOurs(): void {
    const text = readText(this.#state);
    // Whoever has lost all of it has lost this, too.
    if (text === undefined) this.#write(this.#text());
    else if (!this.#isOurs(text)) throw this.#refusal(bindingIn(text));
  }

  #isOurs(text: string): boolean {
    if (text === this.#known) return true;
    const bound = bindingIn(text);
    const { origin, pidNamespace } = this.#claimant;
    if (bound?.origin !== origin || !bound.pidNamespace) return false;
    if (!isSameNamespace(bound.pidNamespace, pidNamespace)) return false;
    this.#known = text;
    return true;
  }

  /** B1 */
  #maySucceed(bound: Binding): boolean {
    return bound.origin === this.#claimant.origin && isInSight(bound, this.#claimant.pidNamespace);
  }

  #refusal(bound: Binding | undefined): FailedPreconditionError {
    const state = this.#state;
    const details = { state, ...(bound && { root: bound.root }) };
    if (bound?.origin === this.#claimant.origin)
      return new FailedPreconditionError(outOfSight(state, bound), { details });
    const whose = bound ? `the root ${bound.root}` : 'another root';
    return new FailedPreconditionError(
      `tasks of ${whose} live in the state folder ${state}; open that root, or choose another state folder`,
      { details },
    );
  }

  #text(): string {
    const { origin, root, pidNamespace } = this.#claimant;
    return JSON.stringify({ origin, root, pidNamespace } satisfies Binding);
  }

  /** Whole or not at all: another process may be reading it. */
  #write(text: string): void {
    const state = this.#state;
    const draft = join(state, draftName(draftPrefix));
    try {
      makeFolders(state, 0o700);
      for (const name of readdirSync(state))
        if (isLeftDraft(name, draftPrefix)) rmSync(join(state, name), { force: true });
      writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
      renameSync(draft, join(state, originFile));
    } catch (cause) {
      const why = storageProblem(cause, 'state folder');
      throw new UnavailableError(`cannot write to the state folder ${state}: ${why}`, { cause });
    }
  }
}

/** Why it is refused, and what to do. */
export function outOfSight(state: string, { pidNamespace }: Binding): string {
  const whose = pidNamespace ? `the pid namespace ${pidNamespace.name}` : 'another pid namespace';
  return (
    `the tasks in the state folder ${state} run in ${whose}, and from here none of their processes can be seen: open the ` +
    `root there (for a container: share the host's pid namespace, docker run --pid=host); if all of that has ended, ` +
    `remove ${join(state, originFile)}, and try again`
  );
}

function readText(state: string): string | undefined {
  try {
    return readFileSync(join(state, originFile), 'utf8');
  } catch (error) {
    if (storageCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined where it is damaged. */
function bindingIn(text: string): Binding | undefined {
  try {
    return JSON.parse(text) as Binding;
  } catch {
    return undefined;
  }
}

type TaskPath = readonly [namespace: string, task: string];

/** `STATE/RUNTIME/NAMESPACE/TASK`, by that path; names that begin with a dot are a backend's own. */
function tasksIn(state: string): ReadonlyMap<string, TaskPath> {
  const tasks = new Map<string, TaskPath>();
  for (const runtime of foldersIn(state)) {
    for (const namespace of foldersIn(join(state, runtime))) {
      const folder = join(state, runtime, namespace);
      for (const task of foldersIn(folder)) tasks.set(join(folder, task), [namespace, task]);
    }
  }
  return tasks;
}

function foldersIn(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
  } catch (error) {
    if (storageCodeOf(error) === 'ENOENT') return []; // removed meanwhile
    throw error;
  }
}

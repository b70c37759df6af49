/** The events as columns of numbers, each stream's by time, and what they are called. */
import type { ActorData, ReportData, StreamData } from '../src/data.js';
import { type Kind, kinds } from '../src/kinds.js';
import { shown } from './shown.js';
import { exactTime } from './time-text.js';

export interface ExitMark {
  readonly status: number;
  /** P4: `observed`, `inferred` or `unknown`. */
  readonly certainty: string;
}

export class Model {
  readonly data: ReportData;
  readonly count: number;
  /** Milliseconds since 1970 at which the span begins; all times are counted from it. */
  readonly base: number;
  /** Of the span. */
  readonly length: number;
  readonly position: Float64Array;
  readonly time: Float64Array;
  readonly stream: Uint32Array;
  readonly kind: Uint8Array;
  /** Of each stream, the numbers of its events, in the order of time. */
  readonly byStream: readonly Uint32Array[];
  readonly actorNames: readonly string[];
  /** Of the first processes of tasks, by the event's number. */
  readonly exits: ReadonlyMap<number, ExitMark>;
  readonly #millis: Float64Array;
  readonly #texts: (string | undefined)[] = [];

  constructor(data: ReportData) {
    const { events, span } = data;
    this.data = data;
    this.count = events.position.length;
    this.base = Math.floor(span[0]);
    this.length = Math.max(1, span[1] - this.base);
    this.position = running(events.position, 0);
    this.#millis = running(events.millis, -this.base);
    this.time = this.#millis.map((millis, index) => millis + Math.max(0, events.nanos[index] ?? 0) / 1e6);
    this.stream = Uint32Array.from(events.stream);
    this.kind = Uint8Array.from(events.kind);
    this.byStream = group(this.stream, data.streams.length, this.time);
    this.actorNames = data.actors.map(actorName);
    this.exits = this.#findExits();
  }

  kindOf(index: number): Kind {
    return kinds[this.kind[index] ?? -1] ?? 'other';
  }

  typeOf(index: number): string {
    return this.data.types[this.data.events.type[index] ?? -1] ?? '';
  }

  streamOf(index: number): StreamData {
    return this.data.streams[this.stream[index] ?? -1] ?? { namespace: '', task: '', bars: [], execs: [] };
  }

  actorOf(index: number): ActorData | undefined {
    return this.data.actors[this.data.events.actor[index] ?? -1];
  }

  /** Whoever it was, in a word, and why. */
  shortActorOf(index: number): string {
    const { user = '', uid = 0, loginUid = null, ticket = '' } = this.actorOf(index) ?? {};
    return shown(`${user || `uid ${loginUid ?? uid}`}${ticket === '' ? '' : ` ${ticket}`}`);
  }

  actorNameOf(index: number): string {
    return this.actorNames[this.data.events.actor[index] ?? -1] ?? '';
  }

  summaryOf(index: number): string {
    return this.data.summaries[this.data.events.summary[index] ?? -1] ?? '';
  }

  timeTextOf(index: number): string {
    return exactTime(this.base, this.#millis[index] ?? 0, this.data.events.nanos[index] ?? -1);
  }

  /** Everything of an event that a search looks at, in lower case. */
  searchTextOf(index: number): string {
    const known = this.#texts[index];
    if (known !== undefined) return known;
    const { namespace, task } = this.streamOf(index);
    const { events, requests, commandLines } = this.data;
    const actor = this.actorOf(index);
    const words = [
      this.position[index],
      namespace,
      task,
      this.typeOf(index),
      this.summaryOf(index),
      this.actorNameOf(index),
      actor?.command,
      actor?.ticket,
      requests[events.request[index] ?? -1],
      commandLines[events.request[index] ?? -1],
    ];
    const text = words.join('\n').toLowerCase();
    this.#texts[index] = text;
    return text;
  }

  #findExits(): Map<number, ExitMark> {
    const exits = new Map<number, ExitMark>();
    const exit = this.data.types.indexOf('/tasks/exit');
    for (let index = 0; index < this.count; index += 1) {
      if (this.data.events.type[index] !== exit) continue;
      const { id, exitStatus, certainty } = JSON.parse(this.data.events.payload[index] ?? '{}');
      if (id === this.streamOf(index).task)
        exits.set(index, { status: Number(exitStatus), certainty: String(certainty) });
    }
    return exits;
  }
}

/** `ada`, `uid 0`, `uid 0 (login uid 1000)`: what the kernel knows, where the application says nothing. */
function actorName({ user, uid, loginUid }: ActorData): string {
  const login = loginUid !== null && loginUid !== uid ? ` (login uid ${loginUid})` : '';
  return shown(user === '' ? `uid ${uid}${login}` : `${user}, uid ${uid}${login}`);
}

function running(differences: readonly number[], start: number): Float64Array {
  const values = new Float64Array(differences.length);
  let sum = start;
  for (let index = 0; index < differences.length; index += 1) {
    sum += differences[index] ?? 0;
    values[index] = sum;
  }
  return values;
}

function group(stream: Uint32Array, count: number, time: Float64Array): readonly Uint32Array[] {
  const sizes = new Uint32Array(count);
  for (const of of stream) sizes[of] = (sizes[of] ?? 0) + 1;
  const groups = Array.from(sizes, (size) => new Uint32Array(size));
  const filled = new Uint32Array(count);
  stream.forEach((of, index) => {
    const at = filled[of] ?? 0;
    const members = groups[of];
    if (members) members[at] = index;
    filled[of] = at + 1;
  });
  // A clock that was set back puts events in another order than their positions.
  for (const members of groups) {
    const unordered = members.some((event, at) => at > 0 && (time[event] ?? 0) < (time[members[at - 1] ?? 0] ?? 0));
    if (unordered) members.sort((left, right) => (time[left] ?? 0) - (time[right] ?? 0) || left - right);
  }
  return groups;
}

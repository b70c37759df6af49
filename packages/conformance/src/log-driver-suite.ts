/** The rules of `LogDriver`. Its harness says which URIs they are tried with. */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import type { LogDriver, LoggedProcess } from '@shiplog/core/plugin';
import { invalidArgument } from './codes.js';
import { expect } from './expect.js';
import type { Rule as RuleOf, Subject, Suite } from './rule.js';

export interface LogDriverHarness extends AsyncDisposable {
  readonly driver: LogDriver;
  /** As users write them, at least one for each scheme; whatever they need is there. */
  readonly uris: readonly string[];
  /** URIs of its schemes that make no sense; at least one. */
  readonly wrong: readonly string[];
}

export type LogDriverRule = RuleOf<LogDriverBench>;

export class LogDriverBench {
  readonly driver: LogDriver;
  readonly uris: readonly string[];
  readonly wrong: readonly string[];
  readonly #harness: LogDriverHarness;
  #isDisposed = false;

  constructor(harness: LogDriverHarness) {
    this.driver = harness.driver;
    this.uris = harness.uris;
    this.wrong = harness.wrong;
    this.#harness = harness;
  }

  async resolve(uri: string, process: LoggedProcess = web): Promise<string> {
    return this.driver.resolve(uri, process);
  }

  /** As at the end of the process that has the driver. */
  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    const { driver } = this;
    const disposable = driver as Partial<AsyncDisposable & Disposable>;
    await (disposable[Symbol.asyncDispose] ?? disposable[Symbol.dispose])?.call(driver);
  }

  async close(): Promise<void> {
    await this.dispose();
    await this.#harness[Symbol.asyncDispose]();
  }
}

const web: LoggedProcess = { namespace: 'default', task: 'web', exec: '' };

/** IDs may have dots, hyphens and underscores in them, so that two processes may be spelt alike. */
const alike: readonly LoggedProcess[] = ['.', '-', '_'].flatMap((mark) => [
  { namespace: 'a', task: `b${mark}c`, exec: '' },
  { namespace: 'a', task: 'b', exec: 'c' },
  { namespace: `a${mark}b`, task: 'c', exec: '' },
]);

/** As long as IDs may be. */
const longest: LoggedProcess = { namespace: 'n'.repeat(76), task: 't'.repeat(76), exec: 'e'.repeat(76) };

const ofRuntimes = ['file', 'fifo', 'binary', 'attach'];

/** Where a runtime's monitor brings the output. */
interface Place {
  readonly kind: 'file' | 'fifo' | 'program';
  readonly path: string;
}

const kinds = { 'file:': 'file', 'fifo:': 'fifo', 'binary:': 'program' } as const satisfies Record<
  string,
  Place['kind']
>;

function placeOf(resolved: string): Place {
  expect(resolved).toBeTypeOf('string');
  if (isAbsolute(resolved)) return { kind: 'fifo', path: resolved };
  const url = URL.parse(resolved);
  const kind = kinds[(url?.protocol ?? '') as keyof typeof kinds];
  expect(kind, `${resolved} is no path of a fifo, and no file://, fifo:// or binary:// URI`).toBeDefined();
  expect(url?.host, `${resolved} has a host, where an absolute path begins`).toBe('');
  return { kind, path: decodeURIComponent(url?.pathname ?? '') };
}

/** What the monitor needs of it, without a driver's help. */
function expectUsable({ kind, path }: Place): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  switch (kind) {
    case 'file':
      if (!stat) mkdirSync(dirname(path), { recursive: true });
      accessSync(stat ? path : dirname(path), constants.W_OK);
      break;
    case 'fifo':
      expect(stat?.isFIFO(), `${path} is no fifo`).toBe(true);
      break;
    default:
      expect(stat?.isFile(), `${path} is no program`).toBe(true);
      accessSync(path, constants.X_OK);
  }
}

const logDriverRules: readonly LogDriverRule[] = [
  {
    id: 'G1',
    text: 'it says which schemes it takes, each once, and none that runtimes have: file, fifo, binary, attach',
    async check({ driver: { schemes }, uris, wrong }) {
      expect(schemes.length).toBeGreaterThan(0);
      expect([...new Set(schemes)]).toEqual(schemes);
      for (const scheme of schemes) {
        expect(scheme).toMatch(/^[a-z][a-z0-9+.-]*$/);
        expect(ofRuntimes).not.toContain(scheme);
      }
      const tried = [...uris, ...wrong].map((uri) => uri.split('://')[0]);
      expect(new Set(tried), 'the harness tries each of its schemes, and no other').toEqual(new Set(schemes));
    },
  },
  {
    id: 'G2',
    text: 'each URI leads to the absolute path of a fifo, or to a file:// or binary:// URI, of what a monitor can use',
    async check(bench) {
      for (const uri of bench.uris) expectUsable(placeOf(await bench.resolve(uri)));
    },
  },
  {
    id: 'G3',
    text: 'a URI that makes no sense is refused',
    async check(bench) {
      expect(bench.wrong.length).toBeGreaterThan(0);
      for (const uri of bench.wrong) await expect(bench.resolve(uri)).rejects.toMatchObject(invalidArgument);
    },
  },
  {
    id: 'G4',
    text: 'of two processes each has a file of its own, also where their IDs, put together, read the same',
    async check(bench) {
      for (const uri of bench.uris) {
        const places = await Promise.all(alike.map(async (process) => placeOf(await bench.resolve(uri, process))));
        // A program is told whose output it reads, and a fifo has a reader: what is in one file nobody tells apart.
        const files = places.filter(({ kind, path }) => kind === 'file' && path !== '/dev/null');
        const processes = new Set(alike.map((process) => JSON.stringify(process)));
        expect([0, processes.size]).toContain(new Set(files.map(({ path }) => path)).size);
      }
    },
  },
  {
    id: 'G5',
    text: 'a process may have the longest IDs',
    async check(bench) {
      for (const uri of bench.uris) {
        const { kind, path } = placeOf(await bench.resolve(uri, longest));
        expectUsable({ kind, path });
        for (const name of path.split('/')) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      }
    },
  },
  {
    id: 'G6',
    text: 'what it led to is there when the driver is gone: a task outlives whoever created it (P7)',
    async check(bench) {
      const places: Place[] = [];
      for (const uri of bench.uris) places.push(placeOf(await bench.resolve(uri)));
      await bench.dispose();
      for (const place of places) expectUsable(place);
    },
  },
];

export const logDriverSuite: Suite<LogDriverBench> = {
  contract: 'LogDriver',
  chapters: [{ title: 'destinations', rules: logDriverRules }],
};

export interface LogDriverSubject {
  /** Called once for each rule; what it gives is disposed after the rule. */
  open(): Promise<LogDriverHarness>;
}

export function logDriverSubject({ open }: LogDriverSubject): Subject<LogDriverBench> {
  return { open: async () => new LogDriverBench(await open()) };
}

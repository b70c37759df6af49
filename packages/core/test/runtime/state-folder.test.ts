import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FailedPreconditionError } from '../../src/kernel/errors.js';
import { ownPidNamespace, type PidNamespace } from '../../src/kernel/pid-namespace.js';
import { StateFolder } from '../../src/runtime/state-folder.js';
import { machine, opts } from './harness.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shiplog-state-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const none = () => false;
/** Of this boot, and never to be seen from a namespace that is not the initial one. */
const here = ownPidNamespace();
const container: PidNamespace = { ...here, name: 'pid:[1]', startTime: 1 };
const another: PidNamespace = { ...here, name: 'pid:[2]', startTime: 2 };
const host: PidNamespace = { ...here, name: 'pid:[4026531836]', startTime: 0 };

function folderOf(
  log: string,
  { namespace = here, isOurs = none }: { namespace?: PidNamespace; isOurs?: typeof none } = {},
) {
  return new StateFolder(dir, { origin: log, root: `/root-of-${log}`, isOurs }, namespace);
}

const bound = () => JSON.parse(readFileSync(join(dir, 'origin'), 'utf8')) as Record<string, unknown>;

function makeTask(task = 'web'): string {
  const path = join(dir, 'io.containerd.runc.v2', 'default', task);
  mkdirSync(path, { recursive: true });
  return path;
}

const refusal = (words: string) =>
  expect.objectContaining({ code: 'failed-precondition', message: expect.stringContaining(words) });

function errorOf(act: () => void): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

describe('A state folder', () => {
  it('says whose it is, and nothing else is left in it', () => {
    folderOf('one').claim();
    expect(bound()).toEqual({ origin: 'one', root: '/root-of-one', pidNamespace: here });
    expect(readdirSync(dir)).toEqual(['origin']);
  });

  it('belongs to one root while a task lives in it', () => {
    folderOf('one').claim();
    folderOf('two').claim();
    makeTask();
    folderOf('two').claim();
    expect(errorOf(() => folderOf('one').claim())).toEqual(refusal('/root-of-two'));
  });

  it('that has come to belong to another root is told before anything is done in it', () => {
    const mine = folderOf('one');
    mine.claim();
    mine.assertOurs();
    folderOf('two').claim();
    expect(errorOf(() => mine.assertOurs())).toEqual(refusal('/root-of-two'));
    mine.claim();
    mine.assertOurs();
  });

  it('that was lost is ours again', () => {
    const mine = folderOf('one');
    mine.claim();
    rmSync(dir, { recursive: true });
    mine.assertOurs();
    expect(bound()).toMatchObject({ origin: 'one' });
  });

  describe('while somebody ties it anew', () => {
    /** What happens between his look and his writing. */
    const meanwhile = (act: () => void) => ({
      ...here,
      toJSON: () => {
        act();
        return here;
      },
    });

    it('stays with whom it was if that one makes a task', () => {
      folderOf('one').claim();
      const late = folderOf('two', { namespace: meanwhile(makeTask) });
      expect(errorOf(() => late.claim())).toEqual(refusal('/root-of-one'));
      expect(bound()).toMatchObject({ origin: 'one' });
    });

    it('goes over to him if the task is his own', () => {
      folderOf('one').claim();
      folderOf('two', { namespace: meanwhile(makeTask), isOurs: () => true }).claim();
      expect(bound()).toMatchObject({ origin: 'two' });
    });

    it('is nobody’s if it was nobody’s', () => {
      const late = folderOf('two', { namespace: meanwhile(makeTask) });
      expect(errorOf(() => late.claim())).toEqual(refusal('another root'));
      expect(existsSync(join(dir, 'origin'))).toBe(false);
    });
  });

  it('in which a create found itself too late is left as it is, with what lies there', async () => {
    let looks = 0;
    const assertOurs = () => {
      looks += 1;
      if (looks > 1) throw new FailedPreconditionError('tasks of another root live here');
    };
    await using one = await machine({ stateFolder: { claim: () => undefined, assertOurs } });
    const bundle = join(one.backend.dir, 'state', 'default', 'web');
    mkdirSync(join(bundle, 'rootfs'), { recursive: true });
    await expect(one.manager.create('web', opts)).rejects.toEqual(refusal('another root'));
    expect(one.backend.calls).toEqual([]);
    expect(existsSync(join(bundle, 'rootfs'))).toBe(true);
    expect(one.topics('web')).toEqual(['/tasks/create-requested', '/tasks/create-failed']);
  });
});

describe('Tasks in a state folder', () => {
  it.each([
    ['the host, seen from a container', host, container],
    ['a container, seen from one beside it', container, another],
  ])('of %s: nobody can say what has become of them', (_, theirs, ours) => {
    folderOf('one', { namespace: theirs }).claim();
    makeTask();
    const error = errorOf(() => folderOf('one', { namespace: ours }).claim());
    expect(error).toEqual(refusal(theirs.name));
    expect(error).toEqual(refusal(`remove ${join(dir, 'origin')}`));
    expect(bound()).toMatchObject({ pidNamespace: theirs });
    rmSync(join(dir, 'origin'));
    folderOf('one', { namespace: ours }).claim();
  });

  it.each([
    ['of the boot before this', { ...container, bootId: 'before' }, container],
    ['of the host’s boot before this', { ...host, bootId: 'before' }, host],
    [
      'of a container that was started again, and got the number of its forerunner',
      container,
      { ...container, startTime: 9 },
    ],
    ['of a container that has ended, as the host sees', container, host],
  ])('%s are gone', (_, theirs, ours) => {
    folderOf('one', { namespace: theirs }).claim();
    makeTask();
    folderOf('one', { namespace: ours }).claim();
    expect(bound()).toMatchObject({ pidNamespace: ours });
  });

  it('of nobody hinder nobody, wherever he is', () => {
    folderOf('one', { namespace: host }).claim();
    folderOf('one', { namespace: container }).claim();
    expect(bound()).toMatchObject({ pidNamespace: container });
  });

  it('that an older version made are taken over', () => {
    makeTask();
    writeFileSync(join(dir, 'origin'), JSON.stringify({ origin: 'one', root: '/root-of-one' }));
    folderOf('one').claim();
    expect(bound()).toMatchObject({ pidNamespace: here });
  });
});

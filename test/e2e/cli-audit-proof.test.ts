/** Receipts, checkpoints, keys, cosignatures and proofs, as an auditor goes about with them. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  formatNote,
  formatVerifierKey,
  LmdbEventLog,
  logNameOf,
  parseNote,
  proveConsistency,
  type Receipt,
  rootOf,
  signText,
  taskProjection,
  verifierKeyOf,
} from '@shiplog/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { newRecord } from '../../packages/core/test/event-log/new-record.js';
import { useHost } from './cli-harness.js';
import { forge } from './forged-log.js';

const owner = useHost();
const at = (name: string) => join(owner.host.dir, name);
const without = { env: { SHIPLOG_ROOT: '/nonexistent' } };
const refused = newRecord('/tasks/rejected', { containerId: '', execId: '', command: '', code: '', message: '' });

async function save(name: string, ...args: readonly string[]): Promise<string> {
  writeFileSync(at(name), await owner.host.ok(...args));
  return at(name);
}

async function append(amount: number): Promise<void> {
  await using log = await LmdbEventLog.open(join(owner.host.root, 'log'), { projections: [taskProjection] });
  const records = Array.from({ length: amount }, () => refused);
  await log.append({ stream: { namespace: 'default', task: 'job' }, expectedVersion: 'any', records });
}

function pem(name: string, key: KeyObject, mode = 0o600): string {
  writeFileSync(at(name), key.export({ type: 'pkcs8', format: 'pem' }), { mode });
  chmodSync(at(name), mode);
  return at(name);
}

function pemText(name: string, text: string): string {
  writeFileSync(at(name), text, { mode: 0o600 });
  return at(name);
}

type Growth = ReturnType<typeof proveConsistency>;
/** A hash that nothing has. */
const other = 'ab'.repeat(32) as Growth['root'];

let receipts: readonly Receipt[];
const kept = { size: 0, old: '', key: '' };

beforeAll(async () => {
  const { host } = owner;
  await host.run(['run', '--rm', '--receipts', at('receipts'), '--rootfs', host.rootfs, 'job', 'true']);
  receipts = readFileSync(at('receipts'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Receipt);
  kept.key = await save('log.key', 'audit', 'checkpoint', '--verifier-key');
  kept.old = await save('old.note', 'audit', 'checkpoint');
  kept.size = Number(readFileSync(kept.old, 'utf8').split('\n')[1]);
  await append(20);
}, 120_000);

describe('receipts', () => {
  it('are of all that a command led to, and for their owner alone', () => {
    // The exit is not among them: nobody asks for it.
    const asked = ['/tasks/create', '/tasks/start', '/tasks/delete'];
    expect(receipts.map(({ type }) => type)).toEqual(expect.arrayContaining(asked));
    expect(statSync(at('receipts')).mode & 0o777).toBe(0o600);
  });

  it('are what a proof proves later, and what the log has', async () => {
    const receipt = receipts.at(-1) as Receipt;
    const [proof] = await owner.host.json('audit', 'prove', '--position', String(receipt.position));
    expect(proof).toMatchObject({ position: receipt.position, leafHash: receipt.leafHash });
    writeFileSync(at('receipt.json'), JSON.stringify(proof));
    expect(await owner.host.ok('audit', 'verify', '--proof', at('receipt.json'))).toContain(receipt.leafHash);
  });

  it('that cannot be written stop a command before anything is asked for', async () => {
    const args = ['run', '--receipts', '/nonexistent/receipts', '--rootfs', owner.host.rootfs, 'never', 'true'];
    const { exitCode, stderr } = await owner.host.run(args);
    expect(exitCode).toBe(125);
    expect(stderr).toContain('cannot write receipts to /nonexistent/receipts');
    expect(await owner.host.ok('events', '--task', 'never', '--json')).toBe('');
  });
});

describe('a proof', () => {
  it('of a record is checked without the log, and a changed one is none', async () => {
    const { host } = owner;
    const size = String(kept.size);
    const proof = await save('record.json', 'audit', 'prove', '--position', '3', '--size', size);
    const flags = ['--against', kept.old, '--key', kept.key];
    const good = await host.run(['audit', 'verify', '--proof', proof, ...flags], without);
    expect(good).toMatchObject({ exitCode: 0, stderr: '' });
    expect(good.stdout).toMatch(
      new RegExp(`^verified: record 3, leaf hash [0-9a-f]{64}, is in the log of ${size} rec`),
    );
    const claim = JSON.parse(readFileSync(proof, 'utf8')) as { leafHash: string };
    writeFileSync(at('forged.json'), JSON.stringify({ ...claim, leafHash: 'ab'.repeat(32) }));
    const forged = await host.run(['audit', 'verify', '--proof', at('forged.json'), ...flags], without);
    expect(forged).toMatchObject({ exitCode: 125, stdout: '' });
    expect(forged.stderr).toContain('the proof does not hold');
    writeFileSync(at('larger.json'), JSON.stringify({ ...claim, size: kept.size + 1 }));
    const larger = await host.run(['audit', 'verify', '--proof', at('larger.json'), ...flags], without);
    expect(larger.stderr).toContain('it needs the checkpoint of those');
  });

  it('of growth is checked without the log, from the note that was kept to the new one', async () => {
    const { host } = owner;
    const note = await save('new.note', 'audit', 'checkpoint');
    const size = readFileSync(note, 'utf8').split('\n')[1] ?? '';
    const proof = await save('growth.json', 'audit', 'prove', '--from', kept.old, '--size', size);
    const flags = ['audit', 'verify', '--proof', proof, '--key', kept.key, '--against', note];
    const good = await host.run([...flags, '--from', kept.old], without);
    expect(good.stdout).toBe(
      `verified: the log of ${size} records begins with the ${kept.size} of the checkpoint before, says the checkpoint\n`,
    );
    for (const nothingKept of [await host.run(flags, without), await host.run(['audit', 'verify', '--proof', proof])]) {
      expect(nothingKept).toMatchObject({ exitCode: 125, stdout: '' });
      expect(nothingKept.stderr).toContain('a proof of growth needs --from');
    }
    expect(await host.ok('audit', 'verify', '--proof', proof, '--from', kept.old)).toContain('says this log');
  });

  it.each<[what: string, forge: (proof: Growth) => Partial<Growth>, problem: string]>([
    [
      'one hash of which was changed',
      ({ proof }) => ({ proof: [...proof.slice(1), other] }),
      'the proof does not hold',
    ],
    ['with a hash too many', ({ proof }) => ({ proof: [...proof, other] }), 'the proof does not hold'],
    ['with a hash too few', ({ proof }) => ({ proof: proof.slice(1) }), 'the proof does not hold'],
    ['without one', () => ({ proof: [] }), 'the proof does not hold'],
    ['from another root', () => ({ fromRoot: other }), 'does not begin with the checkpoint of'],
    ['from fewer records', ({ from }) => ({ from: from - 1 }), 'does not begin with the checkpoint of'],
    ['to another root', () => ({ root: other }), 'it needs the checkpoint of those'],
    ['to more records', ({ size }) => ({ size: size + 1 }), 'it needs the checkpoint of those'],
    ['of another log', () => ({ name: 'shiplog/other' }), 'does not begin with the checkpoint of'],
  ])('of growth %s proves nothing', async (_what, forge, problem) => {
    const honest = JSON.parse(readFileSync(at('growth.json'), 'utf8')) as Growth;
    writeFileSync(at('forged-growth.json'), JSON.stringify({ ...honest, ...forge(honest) }));
    const ends = ['--from', kept.old, '--against', at('new.note'), '--key', kept.key];
    const flags = ['audit', 'verify', '--proof', at('forged-growth.json'), ...ends];
    const { exitCode, stdout, stderr } = await owner.host.run(flags, without);
    expect({ exitCode, stdout }).toEqual({ exitCode: 125, stdout: '' });
    expect(stderr).toContain(problem);
  });

  it.each([
    ['of a record that is not there', ['prove', '--position', '9999'], 'a tree of'],
    ['of nothing', ['prove'], 'say what is to be proved'],
    ['that is no JSON', ['verify', '--proof', '/etc/hostname'], 'this is no proof'],
    ['without a file', ['verify', '--proof', '/nonexistent'], 'cannot read /nonexistent'],
  ])('%s is told', async (_what, args, problem) => {
    const { exitCode, stdout, stderr } = await owner.host.run(['audit', ...args]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 125, stdout: '' });
    expect(stderr).toContain(problem);
  });
});

describe('whoever is root on the host', () => {
  /** Another root, whose log is what they would like it to be, and their key signs. */
  async function forged(name: string, ...rewrite: Parameters<typeof forge>[2][]) {
    mkdirSync(at(name));
    copyFileSync(join(owner.host.root, 'checkpoint-key.pem'), join(at(name), 'checkpoint-key.pem'));
    await forge(owner.host.root, at(name), (record) => rewrite[0]?.(record));
    return (...args: readonly string[]) => owner.host.run(['--root', at(name), 'audit', ...args]);
  }

  it('can rewrite the log so that it agrees with itself, and not with a checkpoint that was kept', async () => {
    const audit = await forged('rewritten', (record) =>
      record.position === 3 ? { ...record, actor: { ...record.actor, uid: 4711 } } : record,
    );
    expect(await audit('verify')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^(notice: .*\n)*verified: /),
    });
    const { exitCode, stdout, stderr } = await audit('verify', '--against', kept.old, '--key', kept.key);
    expect(exitCode).toBe(125);
    expect(stdout).toContain(`rewritten: the first ${kept.size} records are not those that the checkpoint`);
    expect(stderr).toBe('shiplog: the log is not verified: 1 finding\n');

    const asked = await audit('prove', '--from', kept.old);
    expect(asked).toMatchObject({ exitCode: 125, stdout: '' });
    expect(asked.stderr).toContain('the log is not what the checkpoint says');

    // Nor does a proof that begins in another past, though its end is signed.
    const note = (await audit('checkpoint')).stdout;
    writeFileSync(at('forged.note'), note);
    await using log = await LmdbEventLog.open(join(at('rewritten'), 'log'), { readOnly: true });
    const past = { name: logNameOf(log.origin), size: kept.size, root: rootOf(log.tree, kept.size) };
    writeFileSync(at('forged.json'), JSON.stringify(proveConsistency(log, past)));
    const flags = ['--from', kept.old, '--against', at('forged.note'), '--key', kept.key];
    const elsewhere = await owner.host.run(['audit', 'verify', '--proof', at('forged.json'), ...flags], without);
    expect(elsewhere).toMatchObject({ exitCode: 125, stdout: '' });
    expect(elsewhere.stderr).toContain(`the proof does not begin with the checkpoint of ${kept.size} records`);
  });

  it('can cut the log off, and not behind a checkpoint that was kept', async () => {
    const audit = await forged('truncated', (record) => (record.position < kept.size ? record : undefined));
    expect(await audit('verify')).toMatchObject({ exitCode: 0 });
    const { exitCode, stdout } = await audit('verify', '--against', kept.old, '--key', kept.key);
    expect(exitCode).toBe(125);
    expect(stdout).toContain(`truncated: the log has ${kept.size - 1} records, and the checkpoint that was kept`);
  });
});

describe('the key', () => {
  it('is made at first use, for its owner alone, and stays', async () => {
    const file = join(owner.host.root, 'checkpoint-key.pem');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await owner.host.ok('audit', 'checkpoint', '--verifier-key')).toBe(readFileSync(kept.key, 'utf8'));
  });

  it('that is given signs, and the log knows both from then on', async () => {
    const key = pem('own.pem', generateKeyPairSync('ed25519').privateKey);
    const [signed] = await owner.host.json('audit', 'checkpoint', '--key', key);
    writeFileSync(at('own.note'), String(signed?.note));
    expect((await owner.host.run(['audit', 'verify'])).exitCode).toBe(0);
    const flags = ['--against', at('own.note'), '--proof', at('growth.json'), '--from', kept.old];
    const own = await owner.host.run(['audit', 'verify', ...flags, '--key', String(signed?.verifierKey)], without);
    // The note that was kept was signed by the other one.
    expect(own.stderr).toContain(
      `the checkpoint of ${kept.size} is not signed by ${String(signed?.verifierKey).slice(0, 50)}`,
    );
  });

  it('that has signed nothing counts for nothing', async () => {
    const name = readFileSync(kept.old, 'utf8').split('\n')[0] ?? '';
    const key = formatVerifierKey(verifierKeyOf(generateKeyPairSync('ed25519').privateKey, name));
    const { exitCode, stdout } = await owner.host.run(['audit', 'verify', '--against', kept.old, '--key', key]);
    expect(exitCode).toBe(125);
    expect(stdout).toContain(`signature: the checkpoint of ${kept.size} is not signed by ${name}+`);
  });

  it.each([
    ['that others may read', () => pem('open.pem', generateKeyPairSync('ed25519').privateKey, 0o640), 'chmod 600'],
    [
      'of another kind',
      () => pem('rsa.pem', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
      'ed25519',
    ],
    ['that is none', () => pemText('text.pem', 'secret words'), 'holds no private key in PEM'],
    ['that is not there', () => '/nonexistent.pem', 'there is no key /nonexistent.pem'],
  ])('%s is refused, and nothing of it printed', async (_what, make, problem) => {
    const file = make();
    const { exitCode, stdout, stderr } = await owner.host.run(['audit', 'checkpoint', '--key', file]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 125, stdout: '' });
    expect(stderr).toContain(problem);
    expect(stderr).not.toContain('secret words');
  });
});

describe('a witness', () => {
  const witness = generateKeyPairSync('ed25519').privateKey;

  it('signs a note, and the log keeps that beside its own', async () => {
    const { host } = owner;
    const note = parseNote(await host.ok('audit', 'checkpoint'));
    const signatures = [...note.signatures, signText(note.text, witness, 'witness.example')];
    writeFileSync(at('witnessed.note'), formatNote({ ...note, signatures }));
    const whole = await host.ok('audit', 'checkpoint', '--add', at('witnessed.note'));
    expect(whole).toContain('\u2014 witness.example ');
    expect(await host.ok('audit', 'checkpoint')).toBe(whole);
    const key = await save('witness.key', 'audit', 'checkpoint', '--verifier-key');
    const verified = await host.run(['audit', 'verify', '--against', '-', '--key', key], { stdin: whole });
    expect(verified.stdout).toMatch(/^verified: /m);
  });

  it.each([
    [
      'whose own signature is not there',
      (note: string) => note.replace(/\u2014 shiplog.*\n/g, ''),
      'no signature of this log',
    ],
    ['of another log', (note: string) => note.replace(/^shiplog\/./, 'shiplog/x'), 'this is a checkpoint of shiplog/x'],
    [
      'with another root',
      (note: string) => note.replace(/\n[A-Za-z0-9+/]{43}=\n/, `\n${'A'.repeat(43)}=\n`),
      'does not fit this log',
    ],
    ['that is none', () => 'hello', 'this is no signed note'],
  ])('gives back a note %s, and it is refused', async (_what, change, problem) => {
    const note = change(readFileSync(at('witnessed.note'), 'utf8'));
    const { exitCode, stderr } = await owner.host.run(['audit', 'checkpoint', '--add', '-'], { stdin: note });
    expect(exitCode).toBe(125);
    expect(stderr).toContain(problem);
  });
});

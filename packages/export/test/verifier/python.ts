/** The verifier as an auditor runs it: the file and Python, and nothing of Shiplog. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';

const folder = fileURLToPath(new URL('../../verifier/', import.meta.url));

/** Why the verifier cannot run here. */
export const noPython =
  spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0
    ? undefined
    : 'there is no Python 3.8 or later';

/** Verifies bundle after bundle in one process: a JSON array of arguments a line. */
const loop = `
import contextlib, io, json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import verify_bundle
for line in sys.stdin:
    sys.argv = ["verify_bundle.py", *json.loads(line)]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = verify_bundle.main()
    print(json.dumps({"code": code, "said": said.getvalue()}), flush=True)
`;

export interface Verdict {
  readonly code: number;
  readonly said: string;
}

export class Verifier {
  readonly #dir = mkdtempSync(join(tmpdir(), 'shiplog-verifier-'));
  readonly #python = spawn('python3', ['-I', '-c', loop, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  readonly #answers = createInterface({ input: this.#python.stdout })[Symbol.asyncIterator]();
  #count = 0;

  write(content: string | Uint8Array): string {
    this.#count += 1;
    const path = join(this.#dir, String(this.#count));
    writeFileSync(path, content);
    return path;
  }

  async verify(...args: readonly string[]): Promise<Verdict> {
    this.#python.stdin.write(`${JSON.stringify(args)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('the verifier broke down: what it said stands above');
    return JSON.parse(value);
  }

  /** As it is started at a prompt. */
  run(...args: readonly string[]): Verdict {
    const { status, stdout, stderr } = spawnSync('python3', ['-I', join(folder, 'verify_bundle.py'), ...args], {
      encoding: 'utf8',
    });
    if (stderr !== '') throw new Error(stderr);
    return { code: status ?? -1, said: stdout };
  }

  remove(): void {
    this.#python.stdin.end();
    rmSync(this.#dir, { recursive: true });
  }
}

export function useVerifier(): { readonly verifier: Verifier } {
  let verifier: Verifier | undefined;
  beforeAll(() => {
    if (!noPython) verifier = new Verifier();
  });
  afterAll(() => verifier?.remove());
  return {
    get verifier() {
      if (!verifier) throw new Error('the tests have not begun');
      return verifier;
    },
  };
}

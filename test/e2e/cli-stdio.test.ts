import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { onEachRuntime } from './cli-harness.js';

const script = ['sh', '-c', 'echo out; echo err >&2; exit 3'];

onEachRuntime((runtime) => {
  describe('--log-uri', () => {
    it('sends the output to a file, a fifo or a logger, and run ends as the task does', async () => {
      const { dir } = runtime.host;
      const path = (kind: string): string => join(dir, `${runtime.newId()}.${kind}`);
      const [file, fifo, logger, logged] = [path('file'), path('fifo'), path('logger'), path('logged')];
      execFileSync('mkfifo', [fifo]);
      const program = '#!/bin/sh\nexec 5>&-; cat <&3 >"$2"; cat <&4 >>"$2"; echo "$CONTAINER_NAMESPACE" >>"$2"\n';
      await writeFile(logger, program, { mode: 0o755 });
      const piped = readFile(fifo, 'utf8');
      for (const uri of [`file://${file}`, `fifo://${fifo}`, `binary://${logger}?to=${logged}`]) {
        const result = await runtime.run('--rm', '--log-uri', uri, runtime.newId(), ...script);
        expect(result).toEqual({ exitCode: 3, stdout: '', stderr: '', bytes: Buffer.alloc(0) });
      }
      expect(await readFile(file, 'utf8')).toBe('out\nerr\n');
      expect(await piped).toBe('out\n');
      // The logger has a life of its own.
      while ((await readFile(logged, 'utf8')) !== 'out\nerr\ndefault\n') await delay(10);
    });

    it('that cannot be is refused, and stands in the log', async () => {
      const id = runtime.newId();
      for (const [uri, text] of [
        ['file:relative', 'is no stdio: use file://PATH'],
        ['fifo:///no/such/fifo', 'stdout /no/such/fifo is not there: make it with mkfifo'],
        ['binary:///no/such/logger', 'the logger /no/such/logger is not there'],
      ] as const) {
        const result = await runtime.run('--log-uri', uri, id, 'true');
        expect(result).toMatchObject({ exitCode: 125, stderr: expect.stringContaining(text) });
        expect((await runtime.topics(id)).at(-1)).toBe('/tasks/create-failed');
        expect(await runtime.exists(id)).toBe(false);
      }
    });
  });
});

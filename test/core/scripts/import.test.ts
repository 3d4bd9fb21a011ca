import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
type Answer = (response: ServerResponse, file: string) => void;

const line = (value: object) => `${JSON.stringify(value)}\n`;
const summary = (next: number | null, more: object = {}) => line({ import_id: 'imp_1', refused: 0, next, ...more });

describe('the import script', { timeout: 60_000 }, () => {
  let folder = '';
  let server: Server;
  let answers: Answer[] = [];
  let sent: string[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastclick-import-'));
    answers = [];
    sent = [];
    server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const file = Buffer.concat(pieces).toString();
        sent.push(file);
        const answer = answers.shift();
        if (answer) answer(response, file);
        else response.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  async function run(kind = 'payments'): Promise<{ code: number | null; out: string }> {
    const path = join(folder, 'rows.csv');
    await writeFile(path, 'payment_id\npay_1\n');
    const env = {
      ...process.env,
      LASTCLICK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      OPERATOR_KEY: 'key',
    };
    const child = spawn(join(ROOT, 'node_modules/.bin/node'), [join(ROOT, 'scripts/import.ts'), kind, path], { env });
    let out = '';
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, out };
  }

  it('goes on for as long as each answer gets further, however many there are', async () => {
    answers = [
      ...Array.from(
        { length: 150 },
        (_, i): Answer =>
          (response) =>
            response.end(summary(i + 2, { stopped: 'budget' })),
      ),
      (response) => response.end(summary(null)),
    ];
    expect((await run()).code).toBe(0);
    expect(sent).toHaveLength(151);
    expect(new Set(sent)).toEqual(new Set(['payment_id\npay_1\n']));
  });

  it('sends again where the other side fails, goes away, breaks off in the middle, or was busy with a row', async () => {
    answers = [
      (response) => response.writeHead(503).end('{}'),
      (response) => response.destroy(),
      (response) => {
        response.write(`${line({ row: 1, id: 'pay_1', verdict: 'created' })}{"row":2,`);
        setTimeout(() => response.destroy(), 50);
      },
      (response) =>
        response.end(line({ row: 1, id: 'pay_1', verdict: 'refused', code: 'busy' }) + summary(null, { refused: 1 })),
      (response) => response.end(line({ row: 1, id: 'pay_1', verdict: 'created' }) + summary(null)),
    ];
    expect((await run()).code).toBe(0);
    expect(sent).toHaveLength(5);
  });

  it('ends with 1 where the file is not taken, rows are refused, or not all were compared', async () => {
    answers = [(response) => response.writeHead(422).end('{}')];
    expect((await run()).code).toBe(1);
    const refused = line({ row: 1, id: 'pay_1', verdict: 'refused', code: 'conflict' });
    answers = [(response) => response.end(refused + summary(null, { refused: 1 }))];
    const told = await run();
    expect([told.code, told.out]).toEqual([1, refused + summary(null, { refused: 1 })]);
    answers = [(response) => response.end(line({ rows: 0, same: 0, different: 0, next: 1 }))];
    expect((await run('differences')).code).toBe(1);
    expect(sent).toHaveLength(3);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';

import { freshDatabases } from '../../support/books.ts';
import { page, readerOf, textOf, type Reader } from '../../support/pages.ts';
import { givePartner } from '../../support/world.ts';
import { accept, ACCEPTED, RECEIVED } from '../expected/ask.ts';
import { rows, signup } from '../referrer/file.ts';

let mira: Reader;
let noor: Reader;
beforeEach(async () => {
  await freshDatabases();
  for (const partner of ['mira', 'noor']) await givePartner(partner);
  mira = await readerOf('mira');
  noor = await readerOf('noor');
});

const open = (path: string, as = mira, at = ACCEPTED) => page(path, { as, at });

/** Hands in a file, pasted lines, or both. */
function handIn(list: { file?: string; lines?: string }, as = mira, at = RECEIVED) {
  const form = new FormData();
  if (list.file !== undefined) form.set('file', new File([list.file], 'clients.csv', { type: 'text/csv' }));
  form.set('lines', list.lines ?? '');
  return page('/partners/expected-clients', { as, at, form });
}

const idOf = (location: string | null) => /expected-clients\/([^?]+)/.exec(location ?? '')?.[1] ?? '';
const verdicts = (html: string) =>
  [...textOf(html).matchAll(/(\d+) (received|malformed|duplicate)(?= |$)/g)].map(([, row, word]) => `${row} ${word}`);

describe('/partners/expected-clients', () => {
  it('B1: a file’s rows are received, malformed or duplicate, and no more is told of them', async () => {
    await signup('known', '2026-02-01T00:00:00Z', { email: 'known@client.example' });
    const file =
      'name,email\nAnn,ann@new.example\nBob,nonsense\nAnn,ANN@new.example\nKno,known@client.example\nfour,cells,too,many\n';
    const sent = await handIn({ file });
    expect(sent.status).toBe(303);
    const shown = await open(sent.location ?? '');
    expect(textOf(shown.html)).toContain('Your list is kept.');
    expect(verdicts(shown.html).slice(-5)).toEqual([
      '1 received',
      '2 malformed',
      '3 duplicate',
      '4 received',
      '5 malformed',
    ]);
    // Nothing of whom it names, and nothing of who is a client.
    expect(shown.html).not.toMatch(/new\.example|client\.example|existing|tracked/);
    expect((await handIn({ file })).location).toBe(`/partners/expected-clients/${idOf(sent.location)}?done=before`);
  });

  it('pasted lines need no heading and may leave out name and company', async () => {
    const sent = await handIn({
      lines: 'ann@new.example\n\nbob@new.example, Bob\ncleo@new.example,"Cleo","C, Inc."\nnonsense',
    });
    expect(verdicts((await open(sent.location ?? '')).html).slice(-4)).toEqual([
      '1 received',
      '2 received',
      '3 received',
      '4 malformed',
    ]);
  });

  it('a list is shown with its state, before and after it was accepted and when that is over', async () => {
    const sent = await handIn({ lines: 'ann@new.example' });
    expect(textOf((await open('/partners/expected-clients')).html)).toContain('waits for us to look at it');
    await accept(idOf(sent.location));
    expect(textOf((await open('/partners/expected-clients')).html)).toContain('accepted until 1 April 2026');
    expect(textOf((await open('/partners/expected-clients', mira, '2026-04-02T00:00:00Z')).html)).toContain(
      'was accepted until',
    );
    await signup('acme', '2026-03-05T00:00:00Z', { email: 'ann@new.example' });
    expect(await rows("SELECT partner_id, source FROM decisions WHERE account_id = 'acme'")).toEqual([
      { partner_id: 'mira', source: 'bulk' },
    ]);
  });

  it('2 MiB at most, without reading on; both, neither, and what is no list are told by field', async () => {
    const large = await handIn({ file: `email\n${'a@new.example\n'.repeat(160_000)}` });
    expect([large.status, textOf(large.html).includes('A list has at most 2 MiB.')]).toEqual([413, true]);
    const faults = [
      [{ file: 'email\na@b.example\n', lines: 'a@b.example' }, 'either a file or lines, not both'],
      [{}, 'choose a file, or paste lines below'],
      [{ file: 'address;name\na@b.example;A\n' }, 'separated by commas'],
      [{ file: 'email\n"a@b.example\n' }, 'a quote is not closed'],
      [{ file: 'email\n' }, 'the list has no rows'],
    ] as const;
    for (const [list, words] of faults) {
      const refused = await handIn(list);
      expect([refused.status, textOf(refused.html)]).toEqual([422, expect.stringContaining(words)]);
    }
    const over = await handIn({ file: `email\n${'a@b.co\n'.repeat(10_001)}` });
    expect([over.status, textOf(over.html).includes('at most 10000 rows a list')]).toEqual([422, true]);
    expect(await rows('SELECT 1 FROM expected_lists')).toEqual([]);
  });

  it('ten lists a day', async () => {
    for (let i = 0; i < 10; i++) expect((await handIn({ lines: `a${i}@new.example` })).status).toBe(303);
    expect((await handIn({ lines: 'a10@new.example' })).status).toBe(429);
  });

  it('a long list is shown row by row over its pages', async () => {
    const lines = Array.from({ length: 700 }, (_, i) => `a${i}@new.example`).join('\n');
    const sent = await handIn({ lines });
    const path = sent.location?.split('?')[0] ?? '';
    const first = await open(path);
    const next = /href="(\?after=\d+)"/.exec(first.html)?.[1] ?? '';
    const second = await open(path + next);
    const told = [first, second].flatMap(({ html }) =>
      [...html.matchAll(/<th scope="row">(\d+)<\/th>/g)].map(([, row]) => Number(row)),
    );
    expect(told).toEqual(Array.from({ length: 700 }, (_, i) => i + 1));
  });

  it('another’s list looks like one that does not exist', async () => {
    const sent = await handIn({ lines: 'ann@new.example' });
    const path = sent.location?.split('?')[0] ?? '';
    const [theirs, none] = [await open(path, noor), await open('/partners/expected-clients/lst_none', noor)];
    expect([theirs.status, theirs.html]).toEqual([404, none.html]);
    expect((await open('/partners/expected-clients', noor)).html).not.toContain(idOf(sent.location));
  });
});

import { beforeEach, describe, expect, it } from 'vitest';

import { auditLog } from '../../../src/program/program.schema.ts';
import { operatorReader, page, textOf, type Reader } from '../../support/pages.ts';
import { checkLaws } from '../payouts/laws.ts';
import { at, book, type Books, freshBooks, FRIDAY, rows, run, seedPartners } from '../payouts/play.ts';
import { askedBy, doOn, hiddenFields, vaultOf, wellFormed } from './vault.ts';

const RUN = '2026-11-20T17:00:00Z';
const NOW = '2026-11-23T09:00:00Z';
const PATH = '/console/batches/2026-11-20';
let books: Books;
let ana: Reader;
let ben: Reader;

async function frozen(approval: 'none' | 'manual'): Promise<void> {
  await run(books, FRIDAY, RUN, { approval });
}

beforeEach(async () => {
  books = await freshBooks();
  ana = await operatorReader('ana');
  ben = await operatorReader('ben');
  await seedPartners(books, [{ partner_id: 'p1' }, { partner_id: 'p2' }, { partner_id: 'p3' }]);
  const payable_at = at('2026-11-10T20:00:00Z');
  await book(
    books,
    [12_000, 13_000, 7000].map((amount, i) => ({ partner_id: `p${i + 1}`, payable_at, amount })),
  );
});

const doing = (as: Reader) => ({ as, at: NOW, vault: vaultOf(books) });
const actions = async () => (await books.db.select().from(auditLog)).map(({ actor, action }) => `${actor} ${action}`);
const payoutOf = async (partner_id: string) =>
  (
    await rows<{ payout_id: string; status: string; amount: number }>(
      books,
      'SELECT * FROM payouts WHERE partner_id = ?',
      partner_id,
    )
  )[0]!;
const open = async (path: string, as = ana) =>
  wellFormed(await page(path, { as, at: NOW, bindings: { PAYOUTS: vaultOf(books) } }));

describe('the pages of a batch', () => {
  it('list batches and show one: amount, hash, whom it pays, whom it skips and by which gate', async () => {
    await frozen('none');
    expect(textOf((await open('/console/batches')).html)).toContain('250.00 USD 2 1');
    const text = textOf((await open(PATH)).html);
    expect(text).toContain('Amount 250.00 USD');
    expect(text).toMatch(/Hash of the manifest [0-9a-f]{64}/);
    expect(text).toContain('Threshold (P2): 70.00 USD is due; 30.00 USD more is needed');
    expect((await open('/console/batches/2026-11-27')).status).toBe(404);
    expect((await open('/console/batches/nonsense')).status).toBe(404);
  });

  it('P8: a batch is approved by the hash that was shown, after it was asked once more with its amount', async () => {
    await frozen('manual');
    const form = hiddenFields((await open(`${PATH}/approval`)).html);
    expect(form['manifest_sha256']).toMatch(/^[0-9a-f]{64}$/);
    const other = await askedBy(`${PATH}/approval`, { manifest_sha256: '0'.repeat(64) }, doing(ana));
    expect([other.status, textOf(other.html)]).toEqual([422, expect.stringContaining('not the hash')]);
    const asked = await askedBy(`${PATH}/approval`, form, doing(ana));
    expect(textOf(asked.html)).toContain('250.00 USD will be sent to 2 partners');
    expect(await rows(books, "SELECT 1 FROM batches WHERE status = 'awaiting_approval'")).toHaveLength(1);
    const done = await doOn(`${PATH}/approval`, form, doing(ana));
    expect(done.location).toBe(`${PATH}?done=approved`);
    expect(await rows(books, "SELECT 1 FROM batches WHERE status = 'frozen' AND approved_by = 'ana'")).toHaveLength(1);
    expect(await actions()).toEqual(['ana payouts.approve']);
    expect(textOf((await open(`${PATH}?done=approved`)).html)).toContain('The batch is approved');
  });

  it('P8: where it is so configured, two different people approve the same manifest', async () => {
    await frozen('manual');
    const by = (as: Reader) => ({ as, at: NOW, vault: vaultOf(books, 2) });
    const waiting = () => rows(books, "SELECT 1 FROM batches WHERE status = 'awaiting_approval'");
    const form = hiddenFields((await open(`${PATH}/approval`)).html);
    const first = await doOn(`${PATH}/approval`, form, by(ana));
    const again = await doOn(`${PATH}/approval`, form, by(ana));
    expect([first.location, again.location]).toEqual([`${PATH}?done=proposed`, `${PATH}?done=proposed`]);
    expect(await waiting()).toHaveLength(1);
    const listed = await open('/console/proposals', ben);
    expect(textOf(listed.html)).toContain('approve a batch');
    const done = await doOn(`${PATH}/approval`, hiddenFields(listed.html), by(ben));
    expect(done.question).toContain('250.00 USD will be sent to 2 partners');
    expect(done.location).toBe(`${PATH}?done=approved`);
    expect(await waiting()).toEqual([]);
    expect(await actions()).toEqual(['ben payouts.approve']);
    expect((await doOn(`${PATH}/approval`, form, by(ana))).location).toBe(`${PATH}?done=done_before`);
  });

  it('what is confirmed without the question that stands now is asked again, and does nothing', async () => {
    await frozen('manual');
    const form = hiddenFields((await open(`${PATH}/approval`)).html);
    const blind = await askedBy(`${PATH}/approval`, { ...form, confirmed: 'yes', shown: 'x' }, doing(ana));
    expect(textOf(blind.html)).toContain('It stands otherwise now');
    expect(await actions()).toEqual([]);
  });

  it('the file of the export rail is handed out, outcomes come back as rows or as a file, all or none', async () => {
    await frozen('none');
    const [p1, p2] = [await payoutOf('p1'), await payoutOf('p2')];
    const file = await open(`${PATH}/export.csv`);
    expect(file.headers.get('content-type')).toContain('text/csv');
    expect(file.html).toContain(`p1@example.com,120.00,USD,${p1.payout_id}`);
    const wrong = await askedBy(`${PATH}/outcomes`, { items: `${p1.payout_id},perhaps` }, doing(ana));
    expect([wrong.status, textOf(wrong.html)]).toEqual([422, expect.stringContaining('Row 1')]);
    const items = `payout_id,status,reference,reason\r\n${p1.payout_id},paid,REF-1\r\n${p2.payout_id},returned,,"receiver, refused"`;
    const done = await doOn(`${PATH}/outcomes`, { items }, doing(ana));
    expect(done.question).toContain('1 payouts, 120.00 USD in all, are recorded as paid');
    expect(done.question).toContain('1 payouts, 130.00 USD in all, are recorded as returned');
    expect(done.location).toBe(`${PATH}?done=outcomes_recorded`);
    expect([(await payoutOf('p1')).status, (await payoutOf('p2')).status]).toEqual(['paid', 'returned']);
    await checkLaws(books, at(NOW));
  });

  it('an upload says the same as its rows', async () => {
    await frozen('none');
    const { payout_id } = await payoutOf('p1');
    const form = new FormData();
    form.set('items', '');
    form.set('items_file', new File([`${payout_id},paid`], 'outcomes.csv', { type: 'text/csv' }));
    const asked = await page(`${PATH}/outcomes`, { as: ana, at: NOW, form, bindings: { PAYOUTS: vaultOf(books) } });
    expect(textOf(asked.html)).toContain('1 payouts, 120.00 USD in all, are recorded as paid');
    expect(hiddenFields(asked.html)['items']).toBe(`${payout_id},paid`);
  });
});

describe('the page of a payout', () => {
  it('P7: is kept back before it is sent, with its amount; it is due anew', async () => {
    await frozen('none');
    const { payout_id } = await payoutOf('p1');
    const done = await doOn(`/console/payouts/${payout_id}/withholding`, { reason: 'They asked for it' }, doing(ana));
    expect(done.question).toContain('120.00 USD are not sent to p1');
    expect(done.location).toBe(`/console/payouts/${payout_id}?done=withheld`);
    expect((await payoutOf('p1')).status).toBe('returned');
    expect(await actions()).toEqual(['ana payouts.withhold']);
    const again = await askedBy(`/console/payouts/${payout_id}/withholding`, { reason: 'Again' }, doing(ana));
    expect(again.status).toBe(422);
    await checkLaws(books, at(NOW));
  });

  it('P7: is settled by two people who say the same; the second agrees from the list of proposals', async () => {
    await frozen('none');
    const { payout_id } = await payoutOf('p1');
    await open(`${PATH}/export.csv`);
    const path = `/console/payouts/${payout_id}/resolution`;
    const form = { outcome: 'not_paid', reason: 'PayPal’s support:\r\nnever sent' };
    const first = await doOn(path, form, doing(ana));
    expect(first.question).toContain('120.00 USD count as not paid, and are due to p1 anew');
    expect(first.location).toBe(`/console/payouts/${payout_id}?done=proposed`);
    expect((await payoutOf('p1')).status).toBe('frozen');
    expect(textOf((await open('/console/proposals')).html)).toContain('You proposed it');
    const listed = await open('/console/proposals', ben);
    expect(textOf(listed.html)).toContain('PayPal’s support:');
    const agreed = await doOn(path, hiddenFields(listed.html), doing(ben));
    expect(agreed.location).toBe(`/console/payouts/${payout_id}?done=resolved`);
    expect((await payoutOf('p1')).status).toBe('failed');
    expect(await actions()).toEqual(['ben payouts.resolve']);
    expect(textOf((await open('/console/proposals', ben)).html)).toContain('Nothing waits');
    await checkLaws(books, at(NOW));
  });
});

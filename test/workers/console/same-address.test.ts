import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';

import { payoutAddressAt } from '../../../src/partner/facts.rules.ts';
import { readPartnerRecord } from '../../../src/partner/record.repo.ts';
import { people } from '../../../src/people/people.schema.ts';
import { readProgram } from '../../../src/program/program.repo.ts';
import { auditLog } from '../../../src/program/program.schema.ts';
import { operatorReader, page, textOf, type Reader } from '../../support/pages.ts';
import { at, book, type Books, freshBooks, FRIDAY, rows, run, seedPartners } from '../payouts/play.ts';
import { askedBy, doOn, vaultOf, wellFormed } from './vault.ts';

const RUN = '2026-11-20T17:00:00Z';
const NOW = '2026-11-23T09:00:00Z';
const LATER = '2026-11-24T09:00:00Z';
const PATH = '/console/partners/p1/same-address';
let books: Books;
let ana: Reader;

beforeEach(async () => {
  books = await freshBooks();
  ana = await operatorReader('ana');
  await seedPartners(books, [{ partner_id: 'p1' }, { partner_id: 'p2' }]);
  const { hasher } = await readProgram(books.db);
  const address_hash = await hasher.address('p1@example.com');
  await books.db.update(people).set({ address_hash }).where(eq(people.person_id, 'per_p1'));
  await book(
    books,
    ['p1', 'p2'].map((partner_id) => ({ partner_id, payable_at: at('2026-11-10T20:00:00Z'), amount: 12_000 })),
  );
  await run(books, FRIDAY, RUN, { approval: 'none' });
});

const doing = (when: string) => ({ as: ana, at: when, vault: vaultOf(books) });
const open = async () =>
  wellFormed(await page('/console/partners/p1', { as: ana, at: LATER, bindings: { PAYOUTS: vaultOf(books) } }));
const gate = async () => payoutAddressAt(await readPartnerRecord(books.db, 'p1'), at(LATER));
const paypalFacts = () =>
  rows<{ by: string; reason: string | null; value: string }>(
    books,
    "SELECT by, reason, value FROM partner_facts WHERE partner_id = 'p1' AND field = 'paypal' ORDER BY n",
  );

async function comesBack(reason: string): Promise<void> {
  const [payout] = await rows<{ payout_id: string }>(books, "SELECT payout_id FROM payouts WHERE partner_id = 'p1'");
  const items = `${payout?.payout_id},returned,,${reason}`;
  await doOn('/console/batches/2026-11-20/outcomes', { items }, doing(NOW));
}

describe('setting the same PayPal address again', () => {
  it('P3: opens the gate that a payout shut by coming back, after it was asked once more, and is logged', async () => {
    expect((await open()).html).not.toContain(PATH);
    await comesBack('receiver refused');
    expect(await gate()).toMatchObject({ open: false, reason: 'came_back' });
    expect((await open()).html).toContain(`href="${PATH}"`);

    const form = { reason: 'They opened the account again' };
    const asked = await askedBy(PATH, form, doing(LATER));
    expect(textOf(asked.html)).toContain('p1@example.com is set again, and payouts go to it from now on');
    expect(textOf(asked.html)).toContain('120.00 USD is payable to p1 now');
    expect(await paypalFacts()).toHaveLength(1);

    const done = await doOn(PATH, form, doing(LATER));
    expect(done.location).toBe('/console/partners/p1?done=address_set_again');
    expect(await gate()).toMatchObject({ open: true, person_id: 'per_p1' });
    expect((await paypalFacts()).at(-1)).toEqual({ by: 'ana', reason: form.reason, value: 'per_p1' });
    expect((await books.db.select().from(auditLog)).at(-1)).toMatchObject({
      actor: 'ana',
      via: 'console',
      action: 'partner.change',
      subject: 'partner:p1',
      after: '{"paypal":"changed"}',
    });
    expect((await open()).html).not.toContain(PATH);
    const again = await askedBy(PATH, form, doing(LATER));
    expect([again.status, textOf(again.html)]).toEqual([422, expect.stringContaining('Nothing is shut')]);
    expect(await paypalFacts()).toHaveLength(2);
  });

  it('P3: what came back by the sender’s fault shuts nothing, and there is nothing to set again', async () => {
    await comesBack('insufficient funds of the sender');
    expect((await open()).html).not.toContain(PATH);
    expect((await askedBy(PATH, { reason: 'x' }, doing(LATER))).status).toBe(422);
    expect((await askedBy('/console/partners/nobody/same-address', { reason: 'x' }, doing(LATER))).status).toBe(404);
  });
});

import { describe, expect, it } from 'vitest';

import { operationsOf } from '../../../src/payout/operations.ts';
import { auditLog } from '../../../src/program/program.schema.ts';
import { operatorReader, page, textOf, type Reader } from '../../support/pages.ts';
import { checkLaws } from '../payouts/laws.ts';
import { rows } from '../payouts/play.ts';
import {
  advanceAll,
  advanceUntil,
  contextOf,
  DAY,
  DAY_MS,
  frozenFriday,
  MINUTE,
  payoutsBy,
  RUN,
  sendsOf,
  statusesBy,
  unlinked,
  type Play,
} from '../payouts/simulated.ts';
import { booksNow, restoreBooks } from '../payouts/snapshot.ts';
import { askedBy, doOn, hiddenFields, wellFormed } from './vault.ts';

const HOUR = 60 * MINUTE;
const PATH = `/console/batches/${DAY}`;

function vault(play: Play) {
  return operationsOf({
    db: play.books.db,
    context: (now) => contextOf(play, now),
    instances: () => ({ ensure: async () => {} }),
  });
}

const doing = (play: Play, as: Reader, now = RUN + HOUR) => ({
  as,
  at: new Date(now).toISOString(),
  vault: vault(play),
});
const open = async (play: Play, path: string, as: Reader, now = RUN + HOUR) =>
  wellFormed(await page(path, { as, at: new Date(now).toISOString(), bindings: { PAYOUTS: vault(play) } }));
const logged = async (play: Play) =>
  (await play.books.db.select().from(auditLog)).map(({ actor, action }) => `${actor} ${action}`);
const payoutOf = async (play: Play, name: string) => (await payoutsBy(play))[name]!;

describe('P7: what a person settles on the PayPal rail', () => {
  it(
    'a chunk in need is shown with what happened, and adopted by two people with its amount',
    { timeout: 60_000 },
    async () => {
      const play = await unlinked(['ana', 'ben']);
      const [ana, ben] = [await operatorReader('ana'), await operatorReader('ben')];
      const today = textOf((await open(play, '/console', ana)).html);
      expect(today).toContain('Batch of 20 November 2026, chunk 1');
      const batch_page = await open(play, PATH, ana);
      expect(batch_page.html).toContain(`${PATH}/chunks/1/adoption"`);
      expect(textOf(batch_page.html)).toContain('needs a person');
      const [batch] = play.paypal.state.world.batches.keys();
      const path = `${PATH}/chunks/1/adoption`;
      const unfit = await doOn(path, { payout_batch_id: 'NOSUCH' }, doing(play, ana));
      expect([unfit.status, unfit.text]).toEqual([422, expect.stringContaining('PayPal shows no such batch')]);
      const first = await doOn(path, { payout_batch_id: batch! }, doing(play, ana));
      expect(first.question).toContain('2 payments of 240.01 USD in all');
      expect(first.location).toBe(`${PATH}?done=proposed`);
      expect((await sendsOf(play))[0]!.status).toBe('needs_attention');
      // The same person again proposes nothing new and does nothing.
      expect((await doOn(path, { payout_batch_id: batch! }, doing(play, ana))).location).toBe(`${PATH}?done=proposed`);
      const second = await doOn(
        path,
        hiddenFields((await open(play, '/console/proposals', ben)).html),
        doing(play, ben),
      );
      expect(second.location).toBe(`${PATH}?done=adopted`);
      expect(await logged(play)).toEqual(['ben payouts.adopt']);
      expect(await advanceUntil(play, RUN + 2 * HOUR, RUN + 3 * HOUR)).toBe('done');
      expect(await statusesBy(play)).toEqual({ ana: 'paid', ben: 'paid' });
      expect((await open(play, `${PATH}/chunks/7/adoption`, ana)).status).toBe(404);
      await checkLaws(play.books, RUN + 3 * HOUR);
    },
  );

  it(
    'what stands unclaimed is called back with its amount, and is due anew once PayPal says so',
    { timeout: 60_000 },
    async () => {
      const play = await frozenFriday(['unclaimed', 'ben']);
      const ana = await operatorReader('ana');
      await advanceUntil(play, RUN, RUN + HOUR);
      expect((await payoutOf(play, 'unclaimed')).status).toBe('unclaimed');
      const { payout_id } = await payoutOf(play, 'unclaimed');
      const path = `/console/payouts/${payout_id}`;
      const seen = await open(play, path, ana);
      expect(seen.html).toContain(`${path}/cancellation"`);
      expect(textOf(seen.html)).toContain('UNCLAIMED');
      const done = await doOn(`${path}/cancellation`, {}, doing(play, ana, RUN + 2 * HOUR));
      expect(done.question).toContain('PayPal is asked to give back 120.00 USD');
      expect(done.location).toBe(`${path}?done=cancellation_asked`);
      expect((await payoutOf(play, 'unclaimed')).status).toBe('returned');
      expect(await logged(play)).toEqual(['ana payouts.cancel']);
      const paid = (await payoutOf(play, 'ben')).payout_id;
      expect((await askedBy(`/console/payouts/${paid}/cancellation`, {}, doing(play, ana))).status).toBe(422);
      await checkLaws(play.books, RUN + 3 * HOUR);
    },
  );

  it('money that came back after success is decided on as a hold, with its amount', { timeout: 60_000 }, async () => {
    const play = await frozenFriday(['ana', 'ben']);
    const reader = await operatorReader('ana');
    await advanceUntil(play, RUN, RUN + HOUR);
    play.paypal.event('ana@example.com', 'REFUNDED', RUN + 2 * HOUR);
    const { takeSteps } = await import('../../../src/payout/run.ts');
    await takeSteps(await contextOf(play, RUN + 2 * DAY_MS), [], RUN + 2 * DAY_MS);
    expect((await payoutOf(play, 'ana')).status).toBe('held');
    const now = RUN + 3 * DAY_MS;
    const list = await open(play, '/console/holds?kind=came_back', reader, now);
    const path = /\/console\/holds\/hold_[0-9a-f]+/.exec(list.html)?.[0] ?? '';
    const done = await doOn(
      `${path}/decision`,
      { decision: 'release', reason: 'A mistake of PayPal’s' },
      doing(play, reader, now),
    );
    expect(done.question).toContain('120.00 USD came back');
    expect(done.question).toContain('due to the partner anew');
    expect(done.location).toBe(`${path}?done=released`);
    expect((await payoutOf(play, 'ana')).status).toBe('returned');
    await checkLaws(play.books, now);
  });

  it('a batch that the books lost is brought back from the witness by two people', { timeout: 60_000 }, async () => {
    const play = await frozenFriday(['ana']);
    const frozen = await booksNow(play.books.d1);
    await advanceAll(play, RUN);
    await restoreBooks(play.books.d1, frozen);
    const [ana, ben] = [await operatorReader('ana'), await operatorReader('ben')];
    expect(textOf((await open(play, '/console', ana)).html)).toContain(
      'The witness knows more of the batch of 20 November 2026',
    );
    expect((await open(play, PATH, ana)).html).toContain(`${PATH}/replay"`);
    const first = await doOn(`${PATH}/replay`, {}, doing(play, ana));
    expect(first.question).toContain('the batch comes to 120.00 USD');
    expect(first.location).toBe('/console/proposals?done=proposed');
    const second = await doOn(`${PATH}/replay`, {}, doing(play, ben));
    expect(second.location).toBe(`${PATH}?done=replayed`);
    expect(await rows(play.books, 'SELECT 1 FROM sends')).toHaveLength(1);
    const empty = { program: frozen['program']!, policy_versions: frozen['policy_versions']! };
    await restoreBooks(play.books.d1, empty);
    const cy = await operatorReader('cy');
    expect((await open(play, PATH, cy)).html).toContain(`${PATH}/replay"`);
    expect((await open(play, '/console/batches/2026-11-13', cy)).status).toBe(404);
  });
});

import { findBatch, latestFrozen, skippedOfBatch } from '../payout/batch.repo.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { keepPlace, placeOf } from '../privacy/place.repo.ts';
import { runBatch, type Database } from '../program/commit.repo.ts';
import { queueMailToPartners, type PartnerMail } from './mail.repo.ts';
import { gatesTold, partnersWithMonth, type Place } from './news.repo.ts';
import { gateCause, gatesToTell, lastMonth } from './news.rules.ts';

const PARTNERS_A_RUN = 200;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Goes one stretch on with the letters about `of`: reads after the last partner, queues, and keeps the place in the same batch. */
async function goOn(
  db: Database,
  rule: string,
  of: string,
  read: (after: string) => Promise<{ last: string | null; count: number; mails: PartnerMail[] }>,
): Promise<void> {
  const place = await placeOf<Place>(db, rule);
  if (place?.of === of && place.done) return;
  const { last, count, mails } = await read(place?.of === of ? place.after : '');
  const next: Place = { of, after: last ?? '', done: count < PARTNERS_A_RUN };
  await runBatch(db, [...(mails.length > 0 ? [queueMailToPartners(db, mails)] : []), keepPlace(db, rule, next)]);
}

/**
 * Queues letters to partners to whom something was due on the last pay day, and was not paid for a gate that they can open themselves
 * (P3, P4): one a month and gate at most.
 */
export async function queueGateLetters(db: Database, now: number): Promise<void> {
  const pay_date = await latestFrozen(db, now);
  const batch = pay_date === null ? null : await findBatch(db, pay_date);
  if (!batch || batch.status === 'freezing') return;
  await goOn(db, 'gate_letters', batch.pay_date, async (after) => {
    const skips = (await skippedOfBatch(db, batch.pay_date, after, PARTNERS_A_RUN)).slice(0, PARTNERS_A_RUN);
    const month = batch.pay_date.slice(0, 7);
    const told = await gatesTold(
      db,
      skips.map(({ partner_id }) => partner_id),
      month,
    );
    const mails = skips.flatMap((skip): PartnerMail[] => {
      const gates = gatesToTell(skip).map(({ gate }) => gate);
      const { partner_id } = skip;
      if (gates.every((gate) => told.has(`${partner_id}:${gate}`))) return [];
      return [
        {
          partner_id,
          kind: 'gate_letter',
          cause: gateCause(partner_id, gates, month),
          subject: `partner:${partner_id}`,
          facts: { pay_date: batch.pay_date, at: now },
          now,
          drop_after_at: now + 7 * DAY_MS,
        },
      ];
    });
    return { last: skips.at(-1)?.partner_id ?? null, count: skips.length, mails };
  });
}

/** Queues the statement of the month that has ended, to partners to whom it brought anything. */
export async function queueStatements(db: Database, now: number): Promise<void> {
  const [policy] = await readPolicy(db);
  const month = lastMonth(now, policy.timezone);
  await goOn(db, 'statement_letters', month.month, async (after) => {
    const partners = await partnersWithMonth(db, month, after, PARTNERS_A_RUN);
    const mails = partners
      .filter(({ active }) => active === 1)
      .map(({ partner_id }): PartnerMail => ({
        partner_id,
        kind: 'statement_letter',
        cause: `${partner_id}:${month.month}`,
        subject: `partner:${partner_id}`,
        facts: { month: month.month, at: now },
        now,
        drop_after_at: now + 30 * DAY_MS,
      }));
    return { last: partners.at(-1)?.partner_id ?? null, count: partners.length, mails };
  });
}

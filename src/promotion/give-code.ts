import type { Door, Refusal } from '../account/write.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { guardQuery, guardsFrom, subjectOf } from '../program/commit.repo.ts';
import { writeOnce } from '../program/write-once.ts';
import { pendingByCode } from '../stripe/stripe.repo.ts';
import { findPromotionCode, insertPromotionCode, partnerExists, type PromotionCodeRow } from './promotion.repo.ts';

/**
 * Gives a promotion code to a partner (L3), once: to the same again it is known, to another it is `code_taken`. Customers of Stripe's who
 * used it before are looked at again by the next sweep.
 */
export async function givePromotionCode(
  door: Door,
  code: string,
  partner_id: string,
): Promise<
  | { ok: true; first_time: boolean; answer: PromotionCodeRow }
  | Refusal<'not_found' | 'code_taken' | 'conflict' | 'busy'>
> {
  const { books, now, by, via } = door;
  type Given = { row: PromotionCodeRow; first_time: boolean };
  const done = await writeOnce<Given, 'not_found' | 'code_taken'>(door, null, async () => {
    const subjects = [subjectOf('promotion', code.toLowerCase())];
    const guards = guardsFrom(subjects, await guardQuery(books, subjects));
    const known = await findPromotionCode(books, code);
    if (known && known.partner_id !== partner_id) return { ok: false, reason: 'code_taken' };
    if (known) return { ok: true, guards: [], statements: [], answer: { row: known, first_time: false } };
    if (!(await partnerExists(books, partner_id))) return { ok: false, reason: 'not_found' };
    const row = { code: code.toLowerCase(), shown_code: code, partner_id, by, recorded_at: now };
    const log = auditStatement(books, {
      at: now,
      actor: by,
      via,
      action: 'promotion_code.give',
      subject: `partner:${partner_id}`,
      details: {},
      after: { code: row.code },
    });
    const statements = [insertPromotionCode(books, row), pendingByCode(books, row.code, now), log];
    return { ok: true, guards, statements, answer: { row, first_time: true } };
  });
  return done.ok ? { ok: true, first_time: done.answer.first_time, answer: done.answer.row } : done;
}

import type { Door, Refusal, Written } from '../account/write.ts';
import { formatInstant } from '../clock.ts';
import { partnerExists } from '../partner/partner.repo.ts';
import type { Hasher } from '../people/hash.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { auditStatement } from '../program/audit.repo.ts';
import type { Json } from '../program/canonical.rules.ts';
import { guardQuery, guardsFrom, subjectOf } from '../program/commit.repo.ts';
import { keyedWrite } from '../program/replay.repo.ts';
import { writeOnce } from '../program/write-once.ts';
import { findAdjustment, insertAdjustment } from './adjustment.repo.ts';

/** Minor units of the program's currency, negative to take back; never 0. `reason` is told to the partner. */
export interface AdjustmentInput {
  adjustment_id: string;
  partner_id: string;
  amount: number;
  reason: string;
}

export interface AdjustmentAnswer {
  adjustment_id: string;
  partner_id: string;
  amount: number;
  currency: string;
  reason: string;
  at: string;
}

/** Books an amount for or against a partner by an operator's word, payable at once. Keyed by `adjustment_id`, whoever's it is. */
export async function adjust(
  door: Door,
  hasher: Hasher,
  input: AdjustmentInput,
): Promise<Written<AdjustmentAnswer> | Refusal<'not_found' | 'conflict' | 'busy'>> {
  const { books, now, by, via } = door;
  const { adjustment_id, partner_id, amount, reason } = input;
  const content: Json = { partner_id, amount, reason };
  const keyed = await keyedWrite(hasher, 'adjustment', adjustment_id, content, subjectOf('partner', partner_id));
  return writeOnce<AdjustmentAnswer, 'not_found' | 'conflict'>(door, keyed, async () => {
    const subjects = [`adjustment:${adjustment_id}`];
    const [exists, known, policy, versions] = await Promise.all([
      partnerExists(books, partner_id),
      findAdjustment(books, adjustment_id),
      readPolicy(books),
      guardQuery(books, subjects),
    ]);
    if (!exists) return { ok: false, reason: 'not_found' };
    if (known) return { ok: false, reason: 'conflict' };
    const log = auditStatement(books, {
      at: now,
      actor: by,
      via,
      action: 'adjustment',
      subject: subjectOf('partner', partner_id),
      details: { adjustment_id },
      after: { amount },
    });
    return {
      ok: true,
      guards: guardsFrom(subjects, versions),
      statements: [...insertAdjustment(books, { adjustment_id, partner_id, amount, reason, by, at: now }), log],
      answer: { adjustment_id, partner_id, amount, currency: policy[0].currency, reason, at: formatInstant(now) },
    };
  });
}

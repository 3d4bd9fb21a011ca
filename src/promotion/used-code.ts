import { addCalendarDays } from '../calendar/zone.rules.ts';
import { inForce } from '../partner/facts.rules.ts';
import type { PolicyVersion } from '../policy/policy.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import type { CodeEvidence } from '../signup/signup.rules.ts';
import { partnersOfCodes } from './promotion.repo.ts';
import { usedCode } from './promotion.rules.ts';

/**
 * L3: the partner's promotion code that speaks for an account: used at or before the signup, or at a checkout within
 * `referrer_window_days` after it. With `promotion_codes: click` one that was used up to the signup is a click at that moment.
 */
export async function codeEvidence(
  db: Database,
  used: readonly { code: string; used_at: number }[],
  signed_up_at: number,
  policy: PolicyVersion,
): Promise<CodeEvidence | null> {
  if (used.length === 0) return null;
  const { owners, statuses } = await partnersOfCodes(
    db,
    used.map(({ code }) => code.toLowerCase()),
  );
  const uses = used.flatMap(({ code, used_at }) => {
    const owner = owners.find((row) => row.code === code.toLowerCase());
    const status = inForce(
      statuses.filter((row) => row.partner_id === owner?.partner_id),
      used_at,
    );
    return owner && status?.value === 'active' ? [{ code: owner.code, partner_id: owner.partner_id, used_at }] : [];
  });
  const until_at = addCalendarDays(signed_up_at, policy.referrer_window_days, policy.timezone);
  const found = usedCode(uses, signed_up_at, until_at);
  if (!found) return null;
  const in_time = Math.floor(found.used_at / 1000) <= Math.floor(signed_up_at / 1000);
  return { ...found, as_click: policy.promotion_codes === 'click' && in_time };
}

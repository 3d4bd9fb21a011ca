import type { Gate } from '../explain/gate.ts';
import { partnerGates, willPay, type HeldMoney, type PayDay } from '../explain/gates.rules.ts';
import { payoutAddressAt, type PartnerRecord } from '../partner/facts.rules.ts';

/** What one partner's open lines come to by a batch's cut: the net sum that can be claimed, of how many lines, and what is held. */
export interface PartnerDue {
  partner_id: string;
  due: number;
  line_count: number;
  held: HeldMoney;
}

/** One payout as it is frozen. `address_hash` stands for the receiver in the manifest. */
export interface Pay {
  partner_id: string;
  amount: number;
  line_count: number;
  person_id: string;
  address_hash: string | null;
}

/** Somebody with something due who is not paid, and the gates that say why. */
export interface Skip {
  partner_id: string;
  amount: number;
  line_count: number;
  gates: Gate[];
}

/** What one chunk of a freeze pays and skips, partners in order. */
export interface ChunkDecision {
  pays: Pay[];
  skips: Skip[];
}

/** The first of the partners who fit a chunk together: as many as have `lines` lines due, and one in any case. */
export function fitting<Due extends PartnerDue>(dues: readonly Due[], lines: number): readonly Due[] {
  let sum = 0;
  const end = dues.findIndex(({ line_count }, i) => (sum += line_count) > lines && i > 0);
  return end < 0 ? dues : dues.slice(0, end);
}

/**
 * Decides a chunk by the gates of policy W, with the partners' facts as of the freeze: whoever passes all of them is paid everything due
 * (P2), anybody else with something due is skipped. A partner with nothing due, or with more to earn back than is due, is neither.
 */
export function decideChunk(
  day: PayDay,
  frozen_at: number,
  dues: readonly PartnerDue[],
  records: ReadonlyMap<string, PartnerRecord>,
): ChunkDecision {
  const decision: ChunkDecision = { pays: [], skips: [] };
  for (const { partner_id, due, line_count, held } of dues) {
    if (due <= 0) continue;
    const record = records.get(partner_id) ?? { facts: [], holds: [], came_back: [] };
    const money = { tracked: true, due, held, upcoming: [] };
    const gates = partnerGates({ day, at: frozen_at, record, money });
    const address = payoutAddressAt(record, frozen_at);
    if (willPay(gates) && address.open) {
      const { person_id, address_hash } = address;
      decision.pays.push({ partner_id, amount: due, line_count, person_id, address_hash });
    } else {
      decision.skips.push({ partner_id, amount: due, line_count, gates });
    }
  }
  return decision;
}

/** Gates as a skip row keeps them, without what the gate's name tells. */
export function packGates(gates: readonly Gate[]): string {
  return JSON.stringify(gates.map(({ gate, passed, detail, opens_on }) => [gate, passed ? 1 : 0, detail, opens_on]));
}

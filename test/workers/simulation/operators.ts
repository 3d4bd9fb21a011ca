import { type Sim } from './sim.ts';

interface Hold {
  hold_id: string;
  kind: string;
  partner_id: string | null;
  account_id: string | null;
  opened_at: number;
}

const REASON = 'looked into';

/** Decides what waits for an operator's word: some of it each day, at the end all of it. */
export async function decideHolds(sim: Sim, all: boolean): Promise<void> {
  const { random, model } = sim;
  const open = await sim.rows<Hold>(
    `SELECT h.hold_id, h.kind, h.partner_id, h.account_id, h.opened_at FROM holds AS h LEFT JOIN payouts AS p USING (payout_id)
     WHERE h.decision IS NULL AND h.opened_at <= ? ORDER BY h.opened_at, h.kind, h.partner_id, h.account_id, p.pay_date`,
    sim.now,
  );
  for (const hold of open) {
    if (!all && !random.chance(12)) continue;
    // At the end what came back is written off, or it would go out and come back for ever.
    const decision = random.chance(all && hold.kind === 'came_back' ? 0 : 65) ? 'release' : 'deny';
    const path = `/v1/holds/${hold.hold_id}/decision`;
    const { account_id } = hold;
    const about = account_id === null ? {} : { about: account_id };
    await sim.tell({ method: 'POST', path, as: 'ana', body: { decision, reason: REASON }, ok: [404], ...about });
    sim.count(`holds decided: ${hold.kind}`);
    if (account_id === null || decision === 'release') continue;
    const account = model.account(account_id);
    const referrer = model.referrer(account);
    if (!referrer || (hold.partner_id !== null && referrer.partner_id !== hold.partner_id)) continue;
    const n = model.standing(account, 'referrer').length + 1;
    const self = hold.kind === 'self_referral';
    const { partner_id } = referrer;
    account.told.push({
      type: 'referrer',
      n,
      decision_id: `${account_id}.${n}`,
      at: sim.now,
      partner_id: self ? partner_id : null,
      earns_from: null,
      blocked: self,
      voided: false,
    });
  }
}

/** P8: an operator approves what waits for it, or keeps one payout back first. */
export async function approve(sim: Sim, all: boolean): Promise<void> {
  const waiting = await sim.rows<{ pay_date: string; manifest_sha256: string }>(
    "SELECT pay_date, manifest_sha256 FROM batches WHERE status = 'awaiting_approval' ORDER BY pay_date",
  );
  for (const { pay_date, manifest_sha256 } of waiting) {
    if (!all && !sim.random.chance(50)) continue;
    if (sim.random.chance(15)) await withholdOne(sim, pay_date);
    const path = `/v1/payout-batches/${pay_date}/approval`;
    await sim.ask({ method: 'POST', path, as: 'ben', body: { manifest_sha256 }, ok: [409] });
    sim.count('batches approved');
  }
}

async function withholdOne(sim: Sim, pay_date: string): Promise<void> {
  const [payout] = await sim.rows<{ payout_id: string }>(
    "SELECT payout_id FROM payouts WHERE pay_date = ? AND status = 'frozen' ORDER BY partner_id LIMIT 1",
    pay_date,
  );
  if (!payout) return;
  const path = `/v1/payouts/${payout.payout_id}/withholding`;
  await sim.ask({ method: 'POST', path, as: 'ana', body: { reason: REASON } });
  sim.count('payouts withheld');
}

interface Stuck {
  sender_batch_id: string;
  pay_date: string;
  chunk: number;
  attention: string;
  provider_batch_id: string | null;
}

/** Sendings that need a person: found at PayPal and adopted, pressed on there, or resolved by what really happened. Two people each. */
export async function attend(sim: Sim): Promise<void> {
  const stuck = await sim.rows<Stuck>(
    'SELECT sender_batch_id, pay_date, chunk, attention, provider_batch_id FROM sends WHERE attention IS NOT NULL AND status <> ? ORDER BY pay_date, chunk, attempt',
    'settled',
  );
  for (const send of stuck) {
    if (!sim.random.chance(60)) continue;
    sim.count(`attention: ${send.attention}`);
    if (send.attention === 'refused' || send.attention === 'books_behind') continue;
    if (send.attention === 'unknown_status' || send.attention === 'overdue') pressOn(sim, send);
    else await findOrResolve(sim, send);
  }
}

/** PayPal is asked, and ends what it had not. The next look books it. */
function pressOn(sim: Sim, { sender_batch_id }: Stuck): void {
  for (const batch of sim.paypal.state.world.batches.values()) {
    if (batch.sender_batch_id === sender_batch_id) endItems(sim, batch.item_ids);
  }
}

/** What PayPal has not decided of some items, it decides now. */
export function endItems(sim: Sim, item_ids: Iterable<string>): void {
  const { state } = sim.paypal;
  const undecided = new Set(['PENDING', 'BLOCKED', 'ONHOLD', 'UNDER_OBSERVATION']);
  const standing = new Map(sim.paypal.ledger(sim.now).entries.map((entry) => [entry.payout_item_id, entry.status]));
  for (const id of item_ids) {
    const item = state.world.items.get(id);
    if (!item || !undecided.has(standing.get(id) ?? '')) continue;
    // What is still to come by itself is left to come.
    if (item.timeline.some((event) => event.at > sim.now)) continue;
    const status = sim.random.chance(50) ? 'SUCCESS' : 'FAILED';
    state.putItem({ ...item, timeline: [...item.timeline, { at: sim.now, status }] });
  }
}

/** The batch that PayPal has under an id and has not denied, whenever it was made. */
function atPaypal(sim: Sim, sender_batch_id: string): string | null {
  for (const batch of sim.paypal.state.world.batches.values()) {
    const status = batch.timeline.findLast((event) => event.at <= sim.now)?.status;
    if (batch.sender_batch_id === sender_batch_id && status !== 'DENIED') return batch.payout_batch_id;
  }
  return null;
}

async function findOrResolve(sim: Sim, { sender_batch_id, pay_date, chunk }: Stuck): Promise<void> {
  const payout_batch_id = atPaypal(sim, sender_batch_id);
  if (payout_batch_id !== null) {
    const path = `/v1/payout-batches/${pay_date}/chunks/${chunk}/adoption`;
    for (const as of ['ana', 'ben'] as const) {
      const got = await sim.ask({ method: 'POST', path, as, body: { payout_batch_id }, ok: [409, 422, 503] });
      if (got.status >= 300) return sim.note(`adoption answered ${got.status} ${String(got.body['detail'])}`);
    }
    sim.count('batches adopted');
    return;
  }
  const open = await sim.rows<{ payout_id: string }>(
    `SELECT DISTINCT p.payout_id FROM payouts AS p JOIN send_items AS i USING (payout_id)
     WHERE i.sender_batch_id = ? AND p.status IN ('frozen', 'sending', 'in_flight', 'unclaimed') ORDER BY p.partner_id`,
    sender_batch_id,
  );
  for (const { payout_id } of open) {
    const body = { outcome: 'not_paid', reason: 'PayPal has no such batch' };
    const path = `/v1/payouts/${payout_id}/resolution`;
    for (const as of ['ana', 'ben'] as const) await sim.ask({ method: 'POST', path, as, body });
    sim.count('payouts resolved');
  }
}

import { daysLater } from '../../support/wall-clock.ts';
import type { Account, Partner } from './model.ts';
import { expectedReferrer } from './signups.ts';
import { DAY, type Sim } from './sim.ts';

const WINDOW_DAYS = 30;
const EVIDENCE = 'a letter of the client';

const later = (sim: Sim, at: number, days: number) => daysLater(at, days, sim.model.policyAt(at).timezone);

/** The next decision that sets an account's referrer. */
function decide(sim: Sim, account: Account, partner: Partner, earns_from: number | null): void {
  const n = sim.model.standing(account, 'referrer').length + 1;
  // S3: the account's own holder earns nothing on it.
  const blocked = [partner.email, partner.addresses.at(-1)?.address].includes(account.email);
  const decision_id = `${account.account_id}.${n}`;
  const { partner_id } = partner;
  // R1: the claims that wait for their client end with it.
  for (const filed of account.claims) filed.over = true;
  account.told.push({ type: 'referrer', n, decision_id, at: sim.now, partner_id, earns_from, blocked, voided: false });
}

/** An account that a claim can be about: opened, and its opening has come. More often than not one of those that are liked best. */
function pickOpened(sim: Sim, liked: (account: Account) => boolean): Account | null {
  const opened = sim.model.accounts.filter((account) => account.opened && account.signed_up_at <= sim.now);
  const best = opened.filter(liked);
  const from = best.length > 0 && sim.random.chance(60) ? best : opened;
  return from.length === 0 ? null : sim.random.pick(from);
}

async function file(sim: Sim, partner: Partner, account: Account, kind: 'claim' | 'audit') {
  const { account_id } = account;
  const body = { kind, account_id };
  const as = { partner: partner.partner_id };
  const { body: got } = await sim.tell({ method: 'POST', path: '/v1/claims', as, body, about: account_id });
  const [claim_id, outcome] = [String(got['claim_id']), String(got['outcome'])];
  // Told again to restored books, it is filed under another id.
  sim.made(claim_id);
  sim.count(`${kind}s: ${outcome}`);
  return { claim_id, outcome };
}

const isOpen = (sim: Sim, filed: Account['claims'][number]) =>
  !filed.over && sim.now <= later(sim, filed.filed_at, WINDOW_DAYS);

/** R1–R3: what the policy's table says of a claim before the client is asked. */
function tableOf(sim: Sim, partner: Partner, account: Account): string {
  const tracked = sim.model.referrer(account)?.partner_id ?? null;
  const own = account.claims.filter((filed) => filed.partner_id === partner.partner_id);
  // What is open is not filed twice.
  if (own.some((filed) => isOpen(sim, filed))) return 'needs_client_confirmation';
  if (sim.model.statusAt(partner, sim.now) !== 'active') return 'refused';
  if (tracked === partner.partner_id) return 'already_referrer';
  if (tracked !== null || account.said_no.includes(partner.partner_id)) return 'refused';
  return 'needs_client_confirmation';
}

/** R3, R5: a partner claims an account; some days later support records what its client says. */
export async function claim(sim: Sim): Promise<void> {
  const account = pickOpened(sim, (one) => sim.model.referrer(one)?.partner_id == null);
  if (!account) return;
  const partner = sim.random.pick(sim.model.partners);
  const want = tableOf(sim, partner, account);
  const { partner_id } = partner;
  const open = account.claims.some((filed) => filed.partner_id === partner_id && isOpen(sim, filed));
  const { claim_id, outcome } = await file(sim, partner, account, 'claim');
  if (outcome !== want) throw new Error(`R3: a claim is ${outcome}, not ${want}`);
  if (want !== 'needs_client_confirmation' || open) return;
  const filed = { partner_id, filed_at: sim.now, over: false };
  account.claims.push(filed);
  sim.plan(filed.filed_at + sim.random.between(0, 35) * DAY, 'a client answers a claim', async () => {
    const confirmed = sim.random.chance(75);
    await answer(sim, { account, partner, claim_id, filed, confirmed });
  });
}

interface Answer {
  account: Account;
  partner: Partner;
  claim_id: string;
  filed: Account['claims'][number];
  confirmed: boolean;
}

async function answer(sim: Sim, { account, partner, claim_id, filed, confirmed }: Answer): Promise<void> {
  const { filed_at } = filed;
  const lapsed = sim.now > later(sim, filed_at, WINDOW_DAYS);
  const tracked = sim.model.referrer(account)?.partner_id ?? null;
  const path = `/v1/claims/${claim_id}/confirmation`;
  const about = account.account_id;
  const body = { confirmed, evidence: EVIDENCE };
  const got = await sim.tell({ method: 'POST', path, as: 'ana', body, about, ok: [409] });
  if (got.status === 409) sim.sent.pop();
  if (lapsed !== (got.status === 409))
    throw new Error(`R3: an answer ${lapsed ? 'too late' : 'in time'} is ${got.status}`);
  if (lapsed) return;
  const over = filed.over;
  filed.over = true;
  if (!confirmed) account.said_no.push(partner.partner_id);
  if (!confirmed || over || tracked !== null) return;
  const late = filed_at > later(sim, account.signed_up_at, WINDOW_DAYS);
  decide(sim, account, partner, late ? later(sim, filed_at, -WINDOW_DAYS) : null);
  sim.count(late ? 'claims granted late' : 'claims granted');
}

/** R4: a partner asks for an audit: the last recorded click of the signup's visitor that counts decides. */
export async function audit(sim: Sim): Promise<void> {
  const { model } = sim;
  const account = pickOpened(sim, (one) => one.visitor !== null && sim.now - one.signed_up_at < WINDOW_DAYS * DAY);
  if (!account) return;
  const partner = sim.random.pick(model.partners);
  const paid = model.standing(account, 'payment').filter((payment) => payment.amount > 0 && payment.at <= sim.now);
  const from = paid.length > 0 ? Math.min(...paid.map((payment) => payment.at)) : account.signed_up_at;
  const found = account.visitor ? expectedReferrer(sim, account.visitor, account.signed_up_at) : null;
  const tracked = model.referrer(account)?.partner_id ?? null;
  const active = model.statusAt(partner, sim.now) === 'active';
  const inTime = active && sim.now <= later(sim, from, WINDOW_DAYS);
  const want = !inTime ? 'refused' : found && found.partner_id !== tracked ? 'corrected' : 'unchanged';
  const { outcome } = await file(sim, partner, account, 'audit');
  if (outcome !== want) throw new Error(`R4: an audit is ${outcome}, not ${want}`);
  if (want === 'corrected' && found) decide(sim, account, found, null);
}

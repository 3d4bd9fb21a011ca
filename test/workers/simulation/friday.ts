import { type Instances, runPayouts } from '../../../src/payout/run.ts';
import { advanceSend } from '../../../src/payout/send.ts';
import {
  type Facts,
  fridaysAfter,
  type LineQuestion,
  type OwnLine,
  type PartnerQuestion,
  payday,
  programDay,
  type Refusal,
} from '../../support/payday-oracle.ts';
import { DAILY, FRIDAY } from '../payouts/play.ts';
import { HOUR, type Sim } from './sim.ts';

/** What operators and PayPal have decided, as the books tell it: questions, refusals, lines of partners' own. */
export async function railFacts(sim: Sim): Promise<Pick<Facts, 'own' | 'questions' | 'refusals' | 'held'>> {
  const own = await sim.rows<OwnLine>('SELECT partner_id, at, payable_at, amount FROM lines WHERE account_id IS NULL');
  const refusals = await sim.rows<Refusal>(
    "SELECT p.partner_id, e.email AS address, p.status_at AS at FROM payouts AS p JOIN people AS e USING (person_id) WHERE p.fault = 'receiver'",
  );
  const holds = await sim.rows<LineQuestion & { kind: string; email: string | null; decision: string | null }>(
    'SELECT h.*, e.email FROM holds AS h LEFT JOIN people AS e USING (person_id)',
  );
  const questions = holds.flatMap((hold): PartnerQuestion[] => {
    const { kind, partner_id, email: address, opened_at, decision, decided_at } = hold;
    if (kind !== 'residency' && kind !== 'address_in_use' && kind !== 'country_change') return [];
    const released_at = decision === 'release' ? decided_at : null;
    return partner_id === null ? [] : [{ kind, partner_id, address, opened_at, released_at }];
  });
  const held = holds.filter(({ kind }) => kind === 'self_referral' || kind === 'form_join' || kind === 'dispute');
  return { own, refusals, questions, held };
}

/** All that a Friday rests on, as it stands. */
export async function factsOf(sim: Sim): Promise<Facts> {
  const { model } = sim;
  const accounts = model.accounts.flatMap((account) => {
    const life = model.life(account);
    return life ? [{ account_id: account.account_id, life }] : [];
  });
  const { policies, partners } = model;
  return { timezone: 'America/Los_Angeles', policies, partners, accounts, ...(await railFacts(sim)) };
}

async function latestBatch(sim: Sim): Promise<string | null> {
  const [row] = await sim.rows<{ pay_date: string | null }>('SELECT max(pay_date) AS pay_date FROM batches');
  return row?.pay_date ?? null;
}

/** P1: the Fridays that a run has to freeze. A program's first one takes the latest only. */
function dueFridays(latest: string | null, kind: string, at: number, timezone: string): string[] {
  const today = programDay(at, timezone);
  const until = kind === FRIDAY ? today : programDay(at - 24 * HOUR, timezone);
  if (latest !== null) return fridaysAfter(latest, until);
  return kind === FRIDAY ? fridaysAfter(programDay(at - 8 * 24 * HOUR, timezone), until).slice(-1) : [];
}

/**
 * A cron of the payouts Worker with its scheduled time, and afterwards each Friday that it froze held against the oracle: who is paid
 * what, to which address, and who is not.
 */
export async function cron(sim: Sim, kind: string, scheduled: number): Promise<void> {
  const before = await latestBatch(sim);
  const due = dueFridays(before, kind, scheduled, 'America/Los_Angeles');
  const facts = due.length > 0 ? await factsOf(sim) : null;
  const context = sim.context(scheduled);
  const run = { cron: kind, now: scheduled, rail: 'paypal', approval: sim.approval } as const;
  const report = await runPayouts(context, run, sim.instances);
  sim.note(`cron ${kind}: ${report.done.join(' ') || 'nothing'}${report.behind.length > 0 ? ' (behind)' : ''}`);
  sim.count(kind === FRIDAY ? 'crons, Friday' : 'crons, daily');
  if (report.behind.length > 0) {
    if (!sim.behind) throw new Error(`the books are behind: ${report.behind.map((one) => one.key).join(', ')}`);
    if (report.done.length > 0) throw new Error('books that are behind froze a Friday');
    return;
  }
  const frozen = await sim.rows<{ pay_date: string }>(
    'SELECT pay_date FROM batches WHERE pay_date > ? ORDER BY pay_date',
    before ?? '',
  );
  const got = frozen.map(({ pay_date }) => pay_date);
  if (got.join() !== due.join()) throw new Error(`P1: froze [${got.join()}], due were [${due.join()}]`);
  if (facts) for (const pay_date of due) await expectFriday(sim, facts, pay_date, scheduled);
}

async function expectFriday(sim: Sim, facts: Facts, pay_date: string, frozen_at: number): Promise<void> {
  const { model } = sim;
  const want = payday(facts, pay_date, frozen_at, [...model.taken.values()]);
  model.taken.set(pay_date, want.taken);
  const paid = await sim.rows<{ partner_id: string; amount: number; email: string }>(
    'SELECT p.partner_id, p.amount, e.email FROM payouts AS p JOIN people AS e USING (person_id) WHERE p.pay_date = ? ORDER BY 1',
    pay_date,
  );
  const skipped = await sim.rows<{ partner_id: string; amount: number; gates: string }>(
    'SELECT partner_id, amount, gates FROM payout_skips WHERE pay_date = ? ORDER BY 1',
    pay_date,
  );
  const got = [
    ...paid.map((row) => `${row.partner_id} paid ${row.amount} to ${row.email}`),
    ...skipped.map((row) => `${row.partner_id} not paid ${row.amount}`),
  ];
  const should = [
    ...[...want.pays].map(([id, { amount, address }]) => `${id} paid ${amount} to ${address}`),
    ...[...want.skips].map(([id, amount]) => `${id} not paid ${amount}`),
  ];
  const wrong = [
    ...got.filter((line) => !should.includes(line)).map((line) => `is: ${line}`),
    ...should.filter((line) => !got.includes(line)).map((line) => `should be: ${line}`),
  ];
  if (wrong.length > 0) throw new Error(`onlyWhatIsDueLeaves: ${pay_date}, frozen ${frozen_at}: ${wrong.join('; ')}`);
  const [batch] = await sim.rows<{ status: string; approval_reasons: string }>(
    'SELECT status, approval_reasons FROM batches WHERE pay_date = ?',
    pay_date,
  );
  const asked = (batch?.approval_reasons ?? '[]') !== '[]';
  if (paid.length > 0 && (want.above || sim.approval === 'manual') && !asked) {
    throw new Error(`P8: ${pay_date} is above its ceiling, and nobody was asked`);
  }
  sim.count('Fridays frozen');
  sim.count('payouts frozen', paid.length);
  sim.count('partners skipped', skipped.length);
}

/** Waits up to here are an instance's own; longer ones are left to the daily cron, as the Workflow does. */
const LONGEST_WAIT = 6 * HOUR;

/** The durable instances: each advances its Friday and sleeps, and is now and then lost, to be restarted by a cron. */
export function makeInstances(sim: Sim): Instances {
  const alive = new Map<string, 'runs' | 'over'>();
  const wake = (id: string, pay_date: string, now: number) => async () => {
    if (alive.get(id) !== 'runs') return;
    if (sim.faults && sim.random.chance(4)) {
      sim.count('instances lost');
      alive.delete(id);
      return;
    }
    const at = Math.max(now, sim.now);
    for (let i = 0; i < 60; i++) {
      const progress = await advanceSend(sim.context(at), pay_date, at);
      if (progress === 'again') continue;
      if (typeof progress === 'string' || progress.wait_ms > LONGEST_WAIT) {
        alive.set(id, 'over');
        return;
      }
      const next = at + progress.wait_ms;
      sim.plan(next, `instance ${pay_date}`, wake(id, pay_date, next));
      return;
    }
    throw new Error(`the Friday of ${pay_date} does not come to rest`);
  };
  return {
    ensure: async (pay_date, now, step) => {
      // As the Worker names them: what a person's word has made possible has an instance of its own.
      const id = step === undefined ? pay_date : `${pay_date}-${step}`;
      if (alive.has(id)) return;
      alive.set(id, 'runs');
      // Where it is started while books are brought back, it may well run before they are whole.
      if (sim.behind && sim.random.chance(50)) await wake(id, pay_date, now)();
      else sim.plan(sim.now, `instance ${pay_date}`, wake(id, pay_date, now));
    },
  };
}

/** The week's Friday and every day's cron: late, missed or doubled while there are faults. */
export function planCrons(sim: Sim, kind: string, first: number): void {
  const period = (kind === FRIDAY ? 7 : 1) * 24 * HOUR;
  const plan = (at: number) =>
    sim.plan(at, `cron ${kind}`, async () => {
      plan(at + period);
      const { random } = sim;
      const fate = sim.faults ? random.between(1, 100) : 100;
      if (fate <= 7) return sim.count('crons missed');
      if (fate <= 13) {
        // It comes late, with the time that it was meant for.
        sim.count('crons late');
        sim.plan(at + random.between(1, 30) * HOUR, `late cron ${kind}`, () => cron(sim, kind, at));
        return;
      }
      await cron(sim, kind, at);
      if (fate > 20) return;
      sim.count('crons doubled');
      sim.plan(at + random.between(0, 3) * HOUR, `second cron ${kind}`, () => cron(sim, kind, at));
    });
  plan(first);
}

export { DAILY, FRIDAY };

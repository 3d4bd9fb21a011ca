import { beforeEach, describe, expect, it } from 'vitest';

import { DEFAULT_POLICY } from '../../../src/policy/policy.rules.ts';
import { sendForm } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { expectTheLaw } from '../../support/law.ts';
import { call, ingest, newPartner, NOON, rows, tokenOf } from '../partner/api.ts';

const LATER = '2026-03-03T20:00:00Z';
const LATEST = '2026-03-04T20:00:00Z';

interface Hold {
  hold_id: string;
  account_id: string;
  opened_at: string;
  clause: string;
  decision: string | null;
  facts: { signals: string[]; causes: string[]; read: string };
}

beforeEach(async () => {
  await freshDatabases();
  await newPartner('ann', { name: 'Ann Smith', email: 'ann@smithconsulting.biz' }, '2026-01-01T00:00:00Z');
});

const signup = (account_id: string, email: string, more: object = {}, now = NOON) =>
  call('POST', '/v1/signups', {
    as: ingest,
    now,
    body: { account_id, email, how_heard: 'from ann@smithconsulting.biz', ...more },
  });
const change = (account_id: string, body: object, now = LATER) =>
  call('PATCH', `/v1/accounts/${account_id}`, { as: ingest, now, body });
const changePartner = (body: object, now = LATER) => call('PATCH', '/v1/partners/ann', { body, now });
const pay = (account_id: string, payment_id = `pay_${account_id}`, paid_at = '2026-03-02T21:00:00Z') =>
  call('POST', '/v1/payments', {
    as: ingest,
    now: LATER,
    body: { payment_id, account_id, amount: 7900, currency: 'USD', paid_at },
  });
const holds = async (status = 'open'): Promise<Hold[]> =>
  (await call('GET', `/v1/holds?kind=self_referral&status=${status}`, { now: LATEST })).body.data;
const decide = (hold_id: string, decision: 'release' | 'deny', now = LATEST) =>
  call('POST', `/v1/holds/${hold_id}/decision`, { now, body: { decision, reason: 'looked at it' } });
const noticed = async (account_id: string) =>
  (await call('GET', `/v1/accounts/${account_id}`, { now: LATEST })).body.signals.map(
    (signal: { kind: string }) => signal.kind,
  );

describe('at the signup', () => {
  it('S1, S3: a weaker signal holds: the referrer shown, lines counted in pending, since when and why told', async () => {
    const { body } = await signup('a1', 'bob@smithconsulting.biz');
    expect(body).toMatchObject({ referrer: { partner_id: 'ann' }, flags: ['self_referral_held'] });
    expect((await pay('a1')).body).toMatchObject({ commission: { amount: 1975 } });
    const [hold, ...more] = await holds();
    expect(more).toEqual([]);
    expect(hold).toMatchObject({
      clause: 'S3',
      account_id: 'a1',
      opened_at: NOON,
      decision: null,
      facts: { signals: ['the holder’s address is on the partner’s own mail domain'], read: 'at_signup' },
    });
    expect(JSON.stringify(hold)).not.toMatch(/smithconsulting|bob|smith/i);
    const token = await tokenOf('ann', 'read', LATER);
    const as = { as: token, now: '2026-09-01T00:00:00Z' };
    expect((await call('GET', '/v1/earnings', as)).body.totals).toMatchObject({ pending: 1975, payable: 0 });
    expect((await call('GET', '/v1/earnings/commissions', as)).body.data).toMatchObject([
      { status: 'held', reason: 'self_referral' },
    ]);
    expect((await call('GET', '/v1/referrals', as)).body.data).toMatchObject([
      { status: 'held', flags: ['self_referral'] },
    ]);
    const { gates } = (await call('GET', '/v1/referrals/a1', as)).body;
    expect(gates.find((gate: { passed: boolean }) => !gate.passed)).toMatchObject({
      gate: 'not_self_referral',
      clause: expect.stringMatching(/^S/),
    });
    await expectTheLaw(['a1']);
  });

  it('S3: a hold never decides itself; released, its lines are payable; the account is flagged no more', async () => {
    await signup('a1', 'as70@gmail.com', { name: 'Smith, Ann' });
    await pay('a1');
    const [hold] = await holds();
    const years = { as: await tokenOf('ann', 'read', LATER), now: '2027-03-01T00:00:00Z' };
    expect((await call('GET', '/v1/earnings', years)).body.totals).toMatchObject({ pending: 1975, payable: 0 });
    expect((await call('GET', '/v1/accounts/a1', { now: LATEST })).body.flags).toEqual(['self_referral']);
    await decide(hold?.hold_id ?? '', 'release');
    expect((await call('GET', '/v1/earnings', years)).body.totals).toMatchObject({ pending: 0, payable: 1975 });
    expect((await call('GET', '/v1/accounts/a1', { now: LATEST })).body.flags).toEqual([]);
  });

  it('S3: denied, the account is a self-referral: no line stands, and the partner is told by which clause', async () => {
    await signup('a1', 'as70@gmail.com', { name: 'Ann Smith' });
    await pay('a1');
    const [hold] = await holds();
    await decide(hold?.hold_id ?? '', 'deny');
    const as = { as: await tokenOf('ann', 'read', LATER), now: '2027-03-01T00:00:00Z' };
    expect((await call('GET', '/v1/earnings', as)).body.totals).toMatchObject({ pending: 0, payable: 0 });
    expect((await call('GET', '/v1/referrals/a1', as)).body).toMatchObject({ status: 'self_referral' });
    await expectTheLaw(['a1']);
  });

  it('S2: the partner’s name on the client’s own domain earns, and is listed for operators', async () => {
    expect((await signup('a1', 'ann.smith@client.biz')).body.flags).toEqual([]);
    expect((await signup('a2', 'office@client.biz', { name: 'Ann Smith' })).body.flags).toEqual([]);
    expect(await holds()).toEqual([]);
    expect([await noticed('a1'), await noticed('a2')]).toEqual([
      ['own_name_on_client_domain'],
      ['own_name_on_client_domain'],
    ]);
  });

  it('S2: a policy may hold it instead, for accounts that sign up under that version', async () => {
    await rows(
      `INSERT INTO policy_versions VALUES (2, ?, ?, 'test', 0)`,
      Date.parse(LATER),
      JSON.stringify({ ...DEFAULT_POLICY, own_name_on_client_domain: 'hold' }),
    );
    expect((await signup('a1', 'ann.smith@client.biz')).body.flags).toEqual([]);
    expect((await signup('a2', 'ann.smith@other.biz', {}, LATER)).body.flags).toEqual(['self_referral_held']);
    // An account is governed for life by the version in force when it signed up.
    await changePartner({ name: 'Annabel Smith' });
    await changePartner({ name: 'Ann Smith' }, LATEST);
    expect((await holds()).map((hold) => hold.account_id)).toEqual(['a2']);
  });

  it('S2, L4: the partner as a secondary user only is no signal against it, and is listed; the holder is the admin', async () => {
    const users = [{ email: 'Ann+client@smithconsulting.biz', name: 'Ann Smith' }];
    expect((await signup('a1', 'bob@client.biz', { users })).body.flags).toEqual([]);
    expect(await noticed('a1')).toEqual(['partner_is_user']);
    expect(
      (await signup('a2', 'ann@smithconsulting.biz', { users: [{ email: 'bob@client.biz' }] })).body.flags,
    ).toEqual(['self_referral']);
    expect(await holds()).toEqual([]);
  });

  it('S1: an address that was the partner’s before is listed, and holds nothing', async () => {
    await changePartner({ email: 'ann@newname.biz', name: 'Annabel Jones' }, '2026-02-01T00:00:00Z');
    const { body } = await signup('a1', 'ann@smithconsulting.biz', { how_heard: 'ann@newname.biz' });
    expect(body.flags).toEqual([]);
    expect(await noticed('a1')).toEqual(['former_address']);
  });
});

describe('read again when facts change', () => {
  it('S3: an account’s new address or name that matches later holds and never blocks', async () => {
    await signup('a1', 'bob@client.biz');
    await signup('a2', 'bob@gmail.com', { name: 'Bob' });
    await pay('a1');
    await change('a1', { email: 'ANN@smithconsulting.biz' });
    await change('a2', { name: 'Ann Smith' });
    expect(await holds()).toMatchObject([{}, {}]);
    expect(
      (await holds()).map(({ account_id, opened_at, facts }) => [account_id, opened_at, facts.read]).toSorted(),
    ).toEqual([
      ['a1', LATER, 'account_changed'],
      ['a2', LATER, 'account_changed'],
    ]);
    expect((await call('GET', '/v1/accounts/a1', { now: LATEST })).body.decisions).toHaveLength(1);
    await expectTheLaw(['a1', 'a2']);
  });

  it('S3: what changes nothing that is read opens nothing', async () => {
    await signup('a1', 'bob@client.biz', { name: 'Bob' });
    await change('a1', { company: 'Ann Smith' });
    await change('a1', { email: 'bob@client.biz', name: 'Bob' });
    await change('a1', { users: [{ email: 'carl@client.biz' }] });
    expect(await holds()).toEqual([]);
    expect(await noticed('a1')).toEqual([]);
    await change('a1', { users: [{ email: 'ann@smithconsulting.biz' }] });
    expect(await holds()).toEqual([]);
    expect(await noticed('a1')).toEqual(['partner_is_user']);
  });

  it('S1, L4: the former name of a holder stays dated', async () => {
    await signup('a1', 'bob@client.biz', { name: 'Bob' });
    await change('a1', { name: 'Robert' });
    expect(
      await rows(
        `SELECT p.name, ap.until_at IS NULL AS now FROM account_people AS ap JOIN people AS p USING (person_id) ORDER BY ap.from_at`,
      ),
    ).toEqual([
      { name: 'Bob', now: 0 },
      { name: 'Robert', now: 1 },
    ]);
  });

  it.each([
    ['email address', { email: 'bob@client.biz' }, ['a1', 'a2']],
    ['PayPal address', { paypal_email: 'bob@client.biz' }, ['a1', 'a2']],
    ['name', { name: 'Carla Diaz' }, ['a3']],
    ['domain alone', { email: 'ann@client.biz' }, ['a1', 'a2']],
  ])('S3: a partner’s new %s is held against all its accounts, and nobody else’s', async (_, fields, expected) => {
    await newPartner('eve', { email: 'eve@elsewhere.biz' });
    await signup('a1', 'bob@client.biz');
    await signup('a2', 'carl@client.biz');
    await signup('a3', 'cd@gmail.com', { name: 'carla DÍAZ' });
    await signup('a4', 'bob+2@client.biz', { how_heard: 'eve@elsewhere.biz' });
    await changePartner(fields);
    const found = await holds();
    expect(found.map((hold) => hold.account_id).toSorted()).toEqual(expected);
    for (const hold of found) expect(hold).toMatchObject({ opened_at: LATER, facts: { read: 'partner_changed' } });
    await changePartner(fields, LATEST);
    expect(await holds()).toHaveLength(expected.length);
  });

  it('L4: a partner’s new address that uses an account of its own is listed', async () => {
    await signup('a1', 'bob@client.biz', { users: [{ email: 'helper@gmail.com' }] });
    await changePartner({ email: 'helper@gmail.com' });
    expect(await noticed('a1')).toEqual(['partner_is_user']);
    expect(await holds()).toEqual([]);
  });

  it('S3: a released hold does not reopen for the same signals, from either side; a new one opens for new ones', async () => {
    await signup('a1', 'bob@smithconsulting.biz');
    const [first] = await holds();
    await decide(first?.hold_id ?? '', 'release', LATER);
    await changePartner({ email: 'ann@gmail.com' });
    await changePartner({ email: 'ann@smithconsulting.biz' }, LATEST);
    await change('a1', { email: 'bobby@smithconsulting.biz' }, LATEST);
    expect(await holds()).toEqual([]);
    await change('a1', { name: 'Ann Smith' }, LATEST);
    const [second, ...more] = await holds();
    expect(more).toEqual([]);
    expect(second?.hold_id).not.toBe(first?.hold_id);
    expect(second?.facts.signals).toEqual([
      'the holder’s address is on the partner’s own mail domain',
      'the holder has the partner’s name',
    ]);
    await change('a1', { email: 'ann@smithconsulting.biz' }, LATEST);
    expect(await holds()).toHaveLength(2);
  });

  it('S3: a denied one stays denied, whatever changes: the account earns nothing already', async () => {
    await signup('a1', 'bob@smithconsulting.biz');
    const [hold] = await holds();
    await decide(hold?.hold_id ?? '', 'deny', LATER);
    await change('a1', { name: 'Ann Smith' }, LATEST);
    await changePartner({ paypal_email: 'bob@smithconsulting.biz' }, LATEST);
    expect(await holds()).toEqual([]);
  });

  it('S3: told at once from both sides, one of the two sees the other, and one hold is opened', async () => {
    for (let i = 0; i < 6; i++) {
      const email = `bob@client${i}.biz`;
      await signup(`r${i}`, `old${i}@gmail.com`, { name: 'Bob' });
      const done = await Promise.all([change(`r${i}`, { email }), changePartner({ paypal_email: email })]);
      expect(done.map((answer) => answer.status)).toEqual([200, 200]);
      const own = (await holds()).filter((hold) => hold.account_id === `r${i}`);
      expect([i, own.length]).toEqual([i, 1]);
    }
  });

  it('S3: a signup at the very moment of the partner’s change is seen by one of the two', async () => {
    for (let i = 0; i < 6; i++) {
      const email = `bob${i}@client.biz`;
      const [told] = await Promise.all([signup(`r${i}`, email), changePartner({ paypal_email: email })]);
      const own = (await holds()).filter((hold) => hold.account_id === `r${i}`);
      expect([i, told.body.flags.includes('self_referral') || own.length === 1]).toEqual([i, true]);
    }
  });
});

describe('forms', () => {
  it('S3: a form’s own account opens no hold; the record that takes it in is read anew', async () => {
    const how_heard = 'from ann@smithconsulting.biz';
    const form = await sendForm({ email: 'x@client.biz', how_heard }, { at: NOON });
    const { signup_ref } = await form.json<{ signup_ref: string }>();
    await changePartner({ paypal_email: 'x@client.biz' });
    expect(await holds()).toEqual([]);
    const { body } = await signup('a1', 'x@client.biz', { signup_ref }, LATEST);
    expect(body).toMatchObject({ referrer: { partner_id: 'ann' }, flags: ['self_referral'] });
  });

  it('S1, L4: the record that takes a form’s own account in says who holds it; the form’s word on that has ended', async () => {
    const how_heard = 'from ann@smithconsulting.biz';
    const form = await sendForm({ email: 'ann@smithconsulting.biz', how_heard }, { at: NOON });
    const { account_id } = await form.json<{ account_id: string }>();
    expect((await signup(account_id, 'bob@client.biz', {}, LATER)).body).toMatchObject({ flags: [] });
    const { people } = (await call('GET', `/v1/accounts/${account_id}`, { now: LATEST })).body;
    expect(people).toMatchObject([{ role: 'admin', email: 'bob@client.biz' }]);
  });
});
